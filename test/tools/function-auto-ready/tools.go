//go:build tools

// Package tools pins function-auto-ready, another function for pipelines.
package tools

import _ "github.com/crossplane/function-auto-ready"
