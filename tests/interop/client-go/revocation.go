package main

import (
	"context"
	"errors"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// A revoked token: its open watch ends within a second, its informer lists again and is unauthorized, and the informer of
// another token of the same account goes on.
func revocation(ctx context.Context, admin kubernetes.Interface, objects dynamic.Interface, config *rest.Config) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	_, err := admin.CoreV1().ServiceAccounts(namespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "watcher"}}, metav1.CreateOptions{})
	must(err)
	_, err = admin.RbacV1().RoleBindings(namespace).Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "watcher"},
		RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "edit"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "watcher", Namespace: namespace}},
	}, metav1.CreateOptions{})
	must(err)
	leaked, leakedID := holder(ctx, admin, config)
	sibling, _ := holder(ctx, admin, config)

	watch, err := leaked.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{})
	must(err)
	_, refusals := informerOf(ctx, leaked)
	siblingEvents, siblingRefusals := informerOf(ctx, sibling)

	start := time.Now()
	revocations := objects.Resource(schema.GroupVersionResource{Group: "identity.mayfly.dev", Version: "v1alpha1", Resource: "tokenrevocations"})
	_, err = revocations.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "identity.mayfly.dev/v1alpha1", "kind": "TokenRevocation", "metadata": map[string]any{},
		"spec": map[string]any{"credentialID": leakedID, "reason": "seen in a log"},
	}}, metav1.CreateOptions{})
	must(err)

	for open := true; open; {
		select {
		case _, open = <-watch.ResultChan():
		case <-time.After(time.Second):
			check(false, "the watch of a revoked token is cut")
		}
	}
	check(time.Since(start) < time.Second, "the watch of a revoked token is cut within a second")
	select {
	case err = <-refusals:
		check(apierrors.IsUnauthorized(err), "its informer lists again and is unauthorized: %v", err)
	case <-ctx.Done():
		check(false, "its informer lists again")
	}
	_, err = leaked.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{})
	check(apierrors.IsUnauthorized(err), "so is a plain request: %v", err)

	_, err = sibling.CoreV1().ConfigMaps(namespace).Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "after"}}, metav1.CreateOptions{})
	must(err)
	for name := ""; name != "after"; {
		select {
		case name = <-siblingEvents:
		case err = <-siblingRefusals:
			check(false, "the informer of its sibling goes on: %v", err)
		case <-ctx.Done():
			check(false, "the informer of its sibling goes on")
		}
	}
	check(true, "the informer of its sibling goes on")
}

// A client with a token of its own, and the id of that token.
func holder(ctx context.Context, admin kubernetes.Interface, config *rest.Config) (kubernetes.Interface, string) {
	request, err := admin.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, "watcher", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	must(err)
	bearer := rest.AnonymousClientConfig(config)
	bearer.BearerToken = request.Status.Token
	client := kubernetes.NewForConfigOrDie(bearer)
	self, err := client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	must(err)
	id := self.Status.UserInfo.Extra["authentication.kubernetes.io/credential-id"]
	return client, strings.TrimPrefix(id[0], "JTI=")
}

func informerOf(ctx context.Context, client kubernetes.Interface) (<-chan string, <-chan error) {
	added, refusals := make(chan string, 64), make(chan error, 64)
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	maps := factory.Core().V1().ConfigMaps().Informer()
	_, err := maps.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) { added <- object.(*corev1.ConfigMap).Name },
	})
	must(err)
	must(maps.SetWatchErrorHandler(func(_ *cache.Reflector, err error) {
		var status apierrors.APIStatus
		if errors.As(err, &status) {
			select {
			case refusals <- err:
			default:
			}
		}
	}))
	factory.Start(ctx.Done())
	check(cache.WaitForCacheSync(ctx.Done(), maps.HasSynced), "the informer of a service account syncs")
	return added, refusals
}
