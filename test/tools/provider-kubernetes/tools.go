//go:build tools

// Package tools pins the Kubernetes provider.
package tools

import _ "github.com/crossplane-contrib/provider-kubernetes/cmd/provider"
