// An external signer as kube-apiserver knows it, on Kubernetes' own types: keys in memory, P-256, one at first.
//
// Usage: external-signer SOCKET. Lines on standard input: "rotate" makes a new key and signs with it, the old ones stay
// published; "retire" publishes all but the newest no longer (they verify, excluded from discovery); "hang" and "work" say
// whether Sign answers. Each is answered by "done".
package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"
	externaljwt "k8s.io/externaljwt/apis/v1"
)

const (
	refreshHintSeconds        = 60
	maxTokenExpirationSeconds = 7200
)

type signer struct {
	externaljwt.UnimplementedExternalJWTSignerServer

	mutex     sync.Mutex
	keys      []*ecdsa.PrivateKey // the newest last
	retired   bool
	hanging   bool
	changedAt *timestamppb.Timestamp
}

func (s *signer) Sign(ctx context.Context, request *externaljwt.SignJWTRequest) (*externaljwt.SignJWTResponse, error) {
	s.mutex.Lock()
	key, number, hanging := s.keys[len(s.keys)-1], len(s.keys), s.hanging
	s.mutex.Unlock()
	if hanging {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	header, err := json.Marshal(map[string]string{"alg": "ES256", "kid": keyID(number), "typ": "JWT"})
	if err != nil {
		return nil, err
	}
	encoded := base64.RawURLEncoding.EncodeToString(header)
	digest := sha256.Sum256([]byte(encoded + "." + request.Claims))
	r, v, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return nil, err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	v.FillBytes(signature[32:])
	return &externaljwt.SignJWTResponse{Header: encoded, Signature: base64.RawURLEncoding.EncodeToString(signature)}, nil
}

func (s *signer) FetchKeys(context.Context, *externaljwt.FetchKeysRequest) (*externaljwt.FetchKeysResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	response := &externaljwt.FetchKeysResponse{DataTimestamp: s.changedAt, RefreshHintSeconds: refreshHintSeconds}
	for i, key := range s.keys {
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			return nil, err
		}
		isOld := i < len(s.keys)-1
		response.Keys = append(response.Keys, &externaljwt.Key{
			KeyId: keyID(i + 1), Key: der, ExcludeFromOidcDiscovery: s.retired && isOld,
		})
	}
	return response, nil
}

func (s *signer) Metadata(context.Context, *externaljwt.MetadataRequest) (*externaljwt.MetadataResponse, error) {
	return &externaljwt.MetadataResponse{MaxTokenExpirationSeconds: maxTokenExpirationSeconds}, nil
}

func (s *signer) command(line string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch line {
	case "rotate":
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		s.keys, s.retired = append(s.keys, key), false
	case "retire":
		s.retired = true
	case "hang", "work":
		s.hanging = line == "hang"
	default:
		return fmt.Errorf("no command %q", line)
	}
	s.changedAt = timestamppb.Now()
	return nil
}

func keyID(number int) string {
	return fmt.Sprintf("projects/example/keys/sa/versions/%d", number) // as a key service names them
}

func main() {
	s := &signer{}
	if err := s.command("rotate"); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	externaljwt.RegisterExternalJWTSignerServer(server, s)
	go func() { log.Fatal(server.Serve(listener)) }()
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); fmt.Println("done") {
		if err := s.command(lines.Text()); err != nil {
			log.Fatal(err)
		}
	}
}
