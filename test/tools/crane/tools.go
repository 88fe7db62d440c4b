//go:build tools

// Package tools pins crane, a second opinion on images and registries.
package tools

import _ "github.com/google/go-containerregistry/cmd/crane"
