//go:build tools

// Package tools pins the Crossplane command line.
package tools

import _ "github.com/crossplane/cli/v2/cmd/crossplane"
