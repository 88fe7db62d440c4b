//go:build tools

// Package tools pins cosign v3, a signer and a second opinion on signatures.
package tools

import _ "github.com/sigstore/cosign/v3/cmd/cosign"
