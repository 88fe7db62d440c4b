//go:build tools

// Package tools pins the Crossplane core program.
package tools

import _ "github.com/crossplane/crossplane/v2/cmd/crossplane"
