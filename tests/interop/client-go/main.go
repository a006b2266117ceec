// A stock client-go program against a running Mayfly: typed calls (protobuf bodies), a shared informer (WatchList), leader
// election between two candidates, TokenRequest and TokenReview, a token that is revoked (revocation.go). It prints one line for each thing that held, and exits 1
// at the first that did not. Usage: client-go KUBECONFIG
package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

const namespace = "default"

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	must(err)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	client := kubernetes.NewForConfigOrDie(config)

	typedCalls(ctx, client)
	dynamicCalls(ctx, dynamic.NewForConfigOrDie(config))
	informer(ctx, client)
	tokens(ctx, client, config)
	leaderElection(ctx, client)
	revocation(ctx, client, dynamic.NewForConfigOrDie(config), config)
}

func typedCalls(ctx context.Context, client kubernetes.Interface) {
	maps := client.CoreV1().ConfigMaps(namespace)
	created, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "go-"}, Data: map[string]string{"a": "1"}}, metav1.CreateOptions{})
	must(err)
	stale := created.DeepCopy()
	created.Data["a"] = "2"
	_, err = maps.Update(ctx, created, metav1.UpdateOptions{})
	must(err)
	_, err = maps.Update(ctx, stale, metav1.UpdateOptions{})
	check(apierrors.IsConflict(err), "a stale update is a conflict: %v", err)
	_, err = maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: created.Name}}, metav1.CreateOptions{})
	check(apierrors.IsAlreadyExists(err), "a second create already exists: %v", err)
	patched, err := maps.Patch(ctx, created.Name, types.StrategicMergePatchType, []byte(`{"data":{"b":"3"}}`), metav1.PatchOptions{})
	must(err)
	check(patched.Data["a"] == "2" && patched.Data["b"] == "3", "a strategic patch merges: %v", patched.Data)
	uid := types.UID("other")
	err = maps.Delete(ctx, created.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
	check(apierrors.IsConflict(err), "a delete with another uid is a conflict: %v", err)
	must(maps.Delete(ctx, created.Name, metav1.DeleteOptions{}))
	_, err = maps.Get(ctx, created.Name, metav1.GetOptions{})
	check(apierrors.IsNotFound(err), "what is deleted is not found: %v", err)
}

func dynamicCalls(ctx context.Context, client dynamic.Interface) {
	accounts := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}).Namespace(namespace)
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": "dynamic"}}}
	_, err := accounts.Create(ctx, object, metav1.CreateOptions{})
	must(err)
	list, err := accounts.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=dynamic"})
	must(err)
	check(len(list.Items) == 1, "the dynamic client lists what it made: %d", len(list.Items))
}

func informer(ctx context.Context, client kubernetes.Interface) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	events := make(chan string, 16)
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	secrets := factory.Core().V1().Secrets().Informer()
	_, err := secrets.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { events <- "add " + object.(*corev1.Secret).Name },
		UpdateFunc: func(_, object any) { events <- "update " + object.(*corev1.Secret).Name },
		DeleteFunc: func(object any) { events <- "delete " + object.(*corev1.Secret).Name },
	})
	must(err)
	factory.Start(ctx.Done())
	check(cache.WaitForCacheSync(ctx.Done(), secrets.HasSynced), "the informer syncs")

	api := client.CoreV1().Secrets(namespace)
	secret, err := api.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "watched"}}, metav1.CreateOptions{})
	must(err)
	expect(ctx, events, "add watched")
	secret.StringData = map[string]string{"a": "1"}
	_, err = api.Update(ctx, secret, metav1.UpdateOptions{})
	must(err)
	expect(ctx, events, "update watched")
	must(api.Delete(ctx, "watched", metav1.DeleteOptions{}))
	expect(ctx, events, "delete watched")
}

func tokens(ctx context.Context, client kubernetes.Interface, config *rest.Config) {
	_, err := client.CoreV1().ServiceAccounts(namespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "app"}}, metav1.CreateOptions{})
	must(err)
	seconds := int64(900)
	request, err := client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, "app", &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds},
	}, metav1.CreateOptions{})
	must(err)
	review, err := client.AuthenticationV1().TokenReviews().Create(ctx, &authenticationv1.TokenReview{
		Spec: authenticationv1.TokenReviewSpec{Token: request.Status.Token},
	}, metav1.CreateOptions{})
	must(err)
	check(review.Status.Authenticated && review.Status.User.Username == "system:serviceaccount:default:app", "a token is reviewed: %s", review.Status.Error)

	bearer := rest.AnonymousClientConfig(config)
	bearer.BearerToken = request.Status.Token
	self, err := kubernetes.NewForConfigOrDie(bearer).AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	must(err)
	check(self.Status.UserInfo.Username == "system:serviceaccount:default:app", "and accepted as a bearer: %s", self.Status.UserInfo.Username)
	bearer.BearerToken += "x"
	_, err = kubernetes.NewForConfigOrDie(bearer).AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	check(apierrors.IsUnauthorized(err), "a changed token is unauthorized: %v", err)
}

// Two candidates for one lease: the first leads, lets go, and the second follows; never both at a time.
func leaderElection(ctx context.Context, client kubernetes.Interface) {
	var mutex sync.Mutex
	leading := 0
	terms := make(chan string, 2)
	candidate := func(ctx context.Context, name string) {
		lock, err := resourcelock.New(resourcelock.LeasesResourceLock, namespace, "election", client.CoreV1(), client.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: name})
		must(err)
		ctx, stepDown := context.WithCancel(ctx)
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock: lock, ReleaseOnCancel: true,
			LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 200 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) {
					mutex.Lock()
					leading++
					check(leading == 1, "%s leads alone", name)
					mutex.Unlock()
					time.Sleep(time.Second) // a term in which the lease is renewed several times
					mutex.Lock()
					leading--
					mutex.Unlock()
					terms <- name
					stepDown()
				},
				OnStoppedLeading: func() {},
			},
		})
	}
	var both sync.WaitGroup
	for _, name := range []string{"first", "second"} {
		both.Add(1)
		go func() {
			defer both.Done()
			candidate(ctx, name)
		}()
	}
	both.Wait()
	check(len(terms) == 2, "both had their term")
}

func expect(ctx context.Context, events <-chan string, want string) {
	select {
	case got := <-events:
		check(got == want, "the informer tells %q (got %q)", want, got)
	case <-ctx.Done():
		check(false, "the informer tells %q", want)
	}
}

func check(holds bool, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !holds {
		fmt.Println("FAILED:", text)
		os.Exit(1)
	}
	fmt.Println("ok:", text)
}

func must(err error) {
	if err != nil {
		fmt.Println("FAILED:", err)
		os.Exit(1)
	}
}
