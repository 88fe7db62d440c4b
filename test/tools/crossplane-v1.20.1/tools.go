//go:build tools

// Package tools pins the last Crossplane 1.
package tools

import _ "github.com/crossplane/crossplane/cmd/crossplane"
