//go:build tools

// Package tools pins the Kyverno command line.
package tools

import _ "github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno"
