//go:build tools

// Package tools pins the classic AWS provider.
package tools

import _ "github.com/crossplane-contrib/provider-aws/cmd/provider"
