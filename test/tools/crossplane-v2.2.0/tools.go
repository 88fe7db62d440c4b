//go:build tools

// Package tools pins an older Crossplane 2.
package tools

import _ "github.com/crossplane/crossplane/v2/cmd/crossplane"
