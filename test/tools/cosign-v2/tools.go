//go:build tools

// Package tools pins cosign v2, a signer and a second opinion on signatures.
package tools

import _ "github.com/sigstore/cosign/v2/cmd/cosign"
