// Command otlp-decoder reads an ExportTraceServiceRequest in JSON from standard input with the OpenTelemetry collector's own decoder, and prints
// what that has understood, again in JSON.
package main

import (
	"fmt"
	"io"
	"os"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	request := ptraceotlp.NewExportRequest()
	if err := request.UnmarshalJSON(input); err != nil {
		return err
	}
	output, err := request.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(output)
	return err
}
