// Command go-rules answers how Go libraries read texts: one JSON object a line comes in, one goes out.
// The conformance suite compares the answers with ours.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/authn/kubernetes"
	"github.com/google/go-containerregistry/pkg/name"
	corev1 "k8s.io/api/core/v1"
	kyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

type question struct {
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Strict bool   `json:"strict"`
	Config string `json:"config"`
	// Secrets are pull secrets, in their order.
	Secrets []corev1.Secret `json:"secrets"`
}

type answer struct {
	Values     []json.RawMessage `json:"values,omitempty"`
	Text       string            `json:"text,omitempty"`
	Registry   string            `json:"registry,omitempty"`
	Repository string            `json:"repository,omitempty"`
	Identifier string            `json:"identifier,omitempty"`
	Auth       *authn.AuthConfig `json:"auth,omitempty"`
	Error      string            `json:"error,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		var q question
		if err := json.Unmarshal(line, &q); err != nil {
			panic(err)
		}
		a, err := reply(q)
		if err != nil {
			a = answer{Error: err.Error()}
		}
		written, err := json.Marshal(a)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(out, "%s\n", written)
	}
}

func reply(q question) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	switch q.Kind {
	case "yaml":
		return readStream(q.Text)
	case "print":
		text, err := yaml.JSONToYAML([]byte(q.Text))
		return answer{Text: string(text)}, err
	case "reference":
		return readReference(q)
	case "credentials":
		return findCredentials(q)
	case "pull secrets":
		return findPullSecret(q)
	}
	return a, fmt.Errorf("unknown kind %q", q.Kind)
}

func readStream(text string) (a answer, err error) {
	reader := kyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader([]byte(text))))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err != nil {
			return a, err
		}
		if isEmpty(string(document)) {
			a.Values = append(a.Values, json.RawMessage("null"))
			continue
		}
		value, err := yaml.YAMLToJSON(document)
		if err != nil {
			return a, err
		}
		a.Values = append(a.Values, value)
	}
}

// isEmpty holds for documents that the parser of crossplane-runtime (pkg/parser) skips without a look at the YAML.
func isEmpty(document string) bool {
	for _, line := range strings.Split(document, "\n") {
		line = strings.TrimLeftFunc(line, unicode.IsSpace)
		if line != "" && line != "---" && line != "..." && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return true
}

func readReference(q question) (answer, error) {
	option := name.WeakValidation
	if q.Strict {
		option = name.StrictValidation
	}
	ref, err := name.ParseReference(q.Text, option)
	if err != nil {
		return answer{}, err
	}
	context := ref.Context()
	return answer{Registry: context.RegistryStr(), Repository: context.RepositoryStr(), Identifier: ref.Identifier()}, nil
}

// findCredentials reads the docker config as the default keychain does, for the repository in Text.
func findCredentials(q question) (answer, error) {
	folder, err := os.MkdirTemp("", "docker-config-")
	if err != nil {
		return answer{}, err
	}
	defer os.RemoveAll(folder)
	if err := os.WriteFile(folder+"/config.json", []byte(q.Config), 0o600); err != nil {
		return answer{}, err
	}
	os.Setenv("DOCKER_CONFIG", folder)
	repository, err := name.NewRepository(q.Text)
	if err != nil {
		return answer{}, err
	}
	found, err := authn.DefaultKeychain.Resolve(repository)
	if err != nil {
		return answer{}, err
	}
	auth, err := found.Authorization()
	return answer{Auth: auth}, err
}

// findPullSecret looks into pull secrets as the part of k8schain does that Crossplane's package manager uses, for the repository in Text.
func findPullSecret(q question) (answer, error) {
	repository, err := name.NewRepository(q.Text)
	if err != nil {
		return answer{}, err
	}
	keychain, err := kubernetes.NewFromPullSecrets(context.Background(), q.Secrets)
	if err != nil {
		return answer{}, err
	}
	found, err := keychain.Resolve(repository)
	if err != nil {
		return answer{}, err
	}
	auth, err := found.Authorization()
	return answer{Auth: auth}, err
}
