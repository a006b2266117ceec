/** What is asked of kubectl and what it must print. */
import assert from 'node:assert/strict';
import type { KubectlMinor } from './install.ts';

export interface Step {
  /** A string is split at blanks; use an array where an argument holds one. */
  readonly run: string | readonly string[];
  /** Expected exit code; 0 if absent. */
  readonly code?: number;
  readonly stdout?: RegExp;
  readonly stderr?: RegExp;
  /** Must appear in neither output. */
  readonly not?: RegExp;
  readonly check?: (stdout: string) => void;
}

export interface Story {
  readonly name: string;
  readonly minors?: readonly KubectlMinor[];
  readonly files?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: worker
  namespace: team
  labels: {app: worker}
spec:
  serviceAccountName: app
  nodeName: n1
  containers:
  - name: main
    image: registry.example/worker:1.0
    env:
    - {name: A, value: "1"}
    volumeMounts:
    - {name: token, mountPath: /var/run/secrets/tokens}
  volumes:
  - name: token
    projected:
      sources:
      - serviceAccountToken: {path: token, audience: vault, expirationSeconds: 600}
`;

const MANY = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: first, namespace: team}
  data: {a: "1"}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: second, namespace: team}
  data: {a: "1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: third, namespace: team}
data: {a: "1"}
`;

const configMap = (data: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: team}
data: {${data}}
`;

export const stories: readonly Story[] = [
  {
    name: 'finds its way: version, discovery, explain, cluster-info',
    steps: [
      { run: 'version', stdout: /Server Version: v1\.35\.\d+\+mayfly/ },
      { run: 'cluster-info', stdout: /Kubernetes control plane.*is running at/ },
      { run: 'api-versions', stdout: /^rbac\.authorization\.k8s\.io\/v1$/m },
      {
        run: 'api-resources -o name',
        check(stdout) {
          assert.deepEqual(stdout.trim().split('\n').sort(), [
            'clusterrolebindings.rbac.authorization.k8s.io',
            'clusterroles.rbac.authorization.k8s.io',
            'configmaps',
            'events',
            'issuedtokens.identity.mayfly.dev',
            'keyrotations.identity.mayfly.dev',
            'leases.coordination.k8s.io',
            'localsubjectaccessreviews.authorization.k8s.io',
            'namespaces',
            'nodes',
            'pods',
            'rolebindings.rbac.authorization.k8s.io',
            'roles.rbac.authorization.k8s.io',
            'secrets',
            'selfsubjectaccessreviews.authorization.k8s.io',
            'selfsubjectreviews.authentication.k8s.io',
            'selfsubjectrulesreviews.authorization.k8s.io',
            'serviceaccounts',
            'services',
            'signingkeys.identity.mayfly.dev',
            'subjectaccessreviews.authorization.k8s.io',
            'tokenreviews.authentication.k8s.io',
            'tokenrevocations.identity.mayfly.dev',
          ]);
        },
      },
      { run: 'explain serviceaccount.automountServiceAccountToken', stdout: /FIELD: automountServiceAccountToken/ },
      { run: 'explain pods.spec.containers', stdout: /FIELD: containers/ },
      { run: 'explain issuedtokens.spec', stdout: /audiences/ },
      { run: 'explain tokenrevocations.spec', stdout: /credentialID[\s\S]*issuedBefore/ },
      { run: 'explain signingkeys.status.tokensExpireBy', stdout: /FIELD: tokensExpireBy/ },
      { run: 'explain keyrotations.spec.panic', stdout: /FIELD: panic/ },
      { run: 'get --raw /livez', stdout: /^ok$/ },
      { run: 'get --raw /readyz?verbose', stdout: /\[\+\]ping ok[\s\S]*readyz check passed/ },
      { run: 'get all -A', code: 0 },
    ],
  },
  {
    name: 'who am I, and what may I do',
    steps: [
      { run: 'auth whoami', stdout: /Username\s+\S*admin[\s\S]*system:masters/ },
      { run: 'auth can-i create pods', stdout: /^yes/ },
      { run: 'auth can-i --list', stdout: /Resources\s+Non-Resource URLs/ },
      { run: 'auth can-i list secrets --as jane', code: 1, stdout: /^no/ },
      { run: 'auth can-i --list --as jane', stdout: /selfsubjectreviews\.authentication\.k8s\.io/ },
      { run: 'auth can-i get /metrics --as jane', code: 1, stdout: /^no/ },
      { run: 'auth whoami --as jane --as-group devs', stdout: /jane[\s\S]*devs/ },
      { run: 'auth can-i list secrets --as jane --as-group system:masters', stdout: /^yes/ },
      { run: 'get secrets --as jane', code: 1, stderr: /Forbidden.*User "jane" cannot list resource "secrets"/ },
    ],
  },
  {
    name: 'makes every kind with create',
    steps: [
      { run: 'create namespace team', stdout: /namespace\/team created/ },
      {
        run: 'create namespace team',
        code: 1,
        stderr: /Error from server \(AlreadyExists\): namespaces "team" already exists/,
      },
      { run: 'create serviceaccount app -n team', stdout: /serviceaccount\/app created/ },
      { run: 'create secret generic db --from-literal=password=x -n team', stdout: /secret\/db created/ },
      {
        run: 'create secret docker-registry pull --docker-username=u --docker-password=p --docker-server=r.example -n team',
        stdout: /secret\/pull created/,
      },
      { run: 'create configmap cfg --from-literal=a=1 --from-literal=b=2 -n team', stdout: /configmap\/cfg created/ },
      { run: 'create role reader --verb=get,list --resource=pods,pods/log -n team', stdout: /reader created/ },
      { run: 'create rolebinding readers --role=reader --serviceaccount=team:app -n team', stdout: /readers created/ },
      { run: 'create clusterrole nodes-reader --verb=get,list,watch --resource=nodes', stdout: /nodes-reader created/ },
      {
        run: 'create clusterrole combined --aggregation-rule=example.com/part=true',
        stdout: /combined created/,
      },
      {
        run: 'create clusterrolebinding app-nodes --clusterrole=nodes-reader --serviceaccount=team:app',
        stdout: /created/,
      },
      {
        run: 'auth can-i list nodes --as system:serviceaccount:team:app',
        stdout: /^yes/,
        stderr: /Warning: resource 'nodes' is not namespace scoped|^$/,
      },
      { run: 'auth can-i delete nodes --as system:serviceaccount:team:app', code: 1, stdout: /^no/ },
      {
        run: 'get sa,secret,cm,role,rolebinding -n team',
        stdout:
          /serviceaccount\/app[\s\S]*secret\/db\s+Opaque\s+1[\s\S]*configmap\/cfg\s+2[\s\S]*role.rbac.authorization.k8s.io\/reader/,
      },
      { run: 'get clusterrole nodes-reader -o yaml', stdout: /- nodes/ },
    ],
  },
  {
    name: 'creates from manifests, with validation as asked',
    files: {
      'pod.yaml': POD,
      'many.yaml': MANY,
      'typo.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typo, namespace: team}\ndataa: {a: "1"}\n',
      'node.yaml': 'apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n',
    },
    steps: [
      { run: 'create -f node.yaml', stdout: /node\/n1 created/ },
      { run: 'create -f pod.yaml', stdout: /pod\/worker created/ },
      { run: 'create -f many.yaml', stdout: /first created[\s\S]*second created[\s\S]*third created/ },
      { run: 'create -f typo.yaml', code: 1, stderr: /strict decoding error: unknown field "dataa"/ },
      { run: 'create -f typo.yaml --validate=warn', stderr: /Warning: unknown field "dataa"/, stdout: /typo created/ },
      { run: 'delete -f typo.yaml', stdout: /deleted/ },
      { run: 'create -f typo.yaml --validate=ignore', stdout: /typo created/, not: /Warning/ },
      { run: 'get pods -n team', stdout: /NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\nworker\s+0\/1\s+Pending\s+0/ },
      { run: 'get pods -n team -o wide --show-labels', stdout: /n1[\s\S]*app=worker/ },
      { run: 'get pod worker -n team -o jsonpath={.spec.serviceAccount}', stdout: /^app$/ },
      { run: 'get pods -A --field-selector spec.nodeName=n1', stdout: /worker/ },
      { run: 'get pods -A --field-selector spec.nodeName=n2', not: /worker/ },
      { run: 'get nodes', stdout: /n1\s+Unknown\s+<none>|n1\s+NotReady\s+<none>/ },
      { run: 'apply -f many.yaml', stdout: /first configured[\s\S]*second configured[\s\S]*third configured/ },
      { run: 'apply -f many.yaml', stdout: /first unchanged[\s\S]*second unchanged[\s\S]*third unchanged/ },
      { run: 'run one --image=registry.example/one:1 -n team', stdout: /pod\/one created/ },
      { run: 'describe pod one -n team', stdout: /Service Account:\s+default[\s\S]*TokenExpirationSeconds:\s+3607/ },
      {
        run: 'run two --image=registry.example/two:1 -n team --overrides={"spec":{"serviceAccountName":"zz"}}',
        code: 1,
        stderr: /pods "two" is forbidden: error looking up service account team\/zz: serviceaccount "zz" not found/,
      },
      { run: 'delete pod one -n team', stdout: /"one" deleted/ },
    ],
  },
  {
    name: 'hands raw bodies through',
    files: {
      'raw.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"raw"},"data":{"a":"1"}}',
      'twice.json': '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}',
      'finalize.json': '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"raw"},"spec":{"finalizers":[]}}',
    },
    steps: [
      { run: 'create --raw /api/v1/namespaces/team/configmaps -f raw.json', stdout: /"name":"raw"/ },
      {
        run: 'create --raw /api/v1/namespaces/team/configmaps?fieldValidation=Strict -f twice.json',
        code: 1,
        stderr: /strict decoding error: duplicate field "data\.a"/,
      },
      { run: 'get --raw /api/v1/namespaces/team/configmaps/raw', stdout: /"data":\{"a":"1"\}/ },
      { run: 'delete --raw /api/v1/namespaces/team/configmaps/raw', stdout: /"status":"Success"/ },
      { run: 'create ns raw', stdout: /created/ },
      { run: 'replace --raw /api/v1/namespaces/raw/finalize -f finalize.json', stdout: /"name":"raw"/ },
      { run: 'delete ns raw --timeout=20s', stdout: /deleted/ },
    ],
  },
  {
    name: 'shows each kind with its columns, narrow and wide',
    files: {
      'lease.yaml':
        'apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: lock, namespace: team}\nspec: {holderIdentity: me}\n',
      'event.yaml':
        'apiVersion: v1\nkind: Event\nmetadata: {name: told, namespace: team}\n' +
        'involvedObject: {apiVersion: v1, kind: Pod, name: worker, namespace: team}\nreason: Told\nmessage: a word\ntype: Normal\n',
    },
    steps: [
      { run: 'apply -f lease.yaml -f event.yaml', stdout: /lock created[\s\S]*told created/ },
      { run: 'get ns team', stdout: /^NAME\s+STATUS\s+AGE\nteam\s+Active\s+\d+s/ },
      { run: 'get sa app -n team', stdout: /^NAME\s+(SECRETS\s+)?AGE\napp\s+(0\s+)?\d+s/ },
      { run: 'get secret db -n team', stdout: /^NAME\s+TYPE\s+DATA\s+AGE\ndb\s+Opaque\s+1\s/ },
      { run: 'get cm cfg -n team', stdout: /^NAME\s+DATA\s+AGE\ncfg\s+2\s/ },
      {
        run: 'get pod worker -n team -o wide',
        stdout: /^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\s+IP\s+NODE\s+NOMINATED NODE\s+READINESS GATES\nworker\s.*n1/,
      },
      {
        run: 'get node n1 -o wide',
        stdout: /^NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION\s+INTERNAL-IP\s+EXTERNAL-IP\s+OS-IMAGE/,
      },
      {
        run: 'get events -n team -o wide',
        stdout: /^LAST SEEN\s+TYPE\s+REASON\s+OBJECT\s+SUBOBJECT\s+SOURCE[\s\S]*pod\/worker/,
      },
      { run: 'get lease lock -n team', stdout: /^NAME\s+HOLDER\s+AGE\nlock\s+me\s/ },
      { run: 'get role reader -n team', stdout: /^NAME\s+CREATED AT\nreader\s+\d{4}-/ },
      { run: 'get clusterrole view', stdout: /^NAME\s+CREATED AT\nview\s+\d{4}-/ },
      {
        run: 'get rolebinding readers -n team -o wide',
        stdout: /^NAME\s+ROLE\s+AGE\s+USERS\s+GROUPS\s+SERVICEACCOUNTS\nreaders\s+Role\/reader\s+\d+s\s+team\/app/,
      },
      {
        run: 'get clusterrolebinding app-nodes -o wide',
        stdout: /^NAME\s+ROLE\s+AGE\s+USERS\s+GROUPS\s+SERVICEACCOUNTS\napp-nodes\s+ClusterRole\/nodes-reader/,
      },
      { run: 'get cm -A --no-headers', stdout: /^team\s+cfg\s+2/m },
      {
        run: 'get sa -A --no-headers',
        stdout: /^default\s+default\s[\s\S]*^kube-system\s+default\s[\s\S]*^team\s+app\s/m,
      },
      { run: 'get cm kube-root-ca.crt -n team', stdout: /^NAME\s+DATA\s+AGE\nkube-root-ca\.crt\s+1\s/ },
      { run: 'get sa,cm -n team -o name', stdout: /serviceaccount\/app[\s\S]*configmap\/cfg/ },
      { run: 'events --for pod/worker -n team', stdout: /Told\s+Pod\/worker\s+a word/ },
    ],
  },
  {
    name: 'applies, edits in place, labels, annotates, patches, replaces, diffs',
    files: {
      'v1.yaml': configMap('a: "1", b: "2"'),
      'v2.yaml': configMap('a: "3"'),
      'pod2.yaml': POD.replace('{name: A, value: "1"}', '{name: B, value: "2"}')
        .replace('labels: {app: worker}', 'labels: {app: worker, tier: back}')
        .replace('{name: B, value: "2"}', '{name: A, value: "1"}'),
    },
    steps: [
      { run: 'apply -f v1.yaml', stdout: /configmap\/settings created/ },
      { run: 'apply -f v1.yaml', stdout: /unchanged/ },
      { run: 'diff -f v2.yaml', code: 1, stdout: /- {2}b: "2"/ },
      { run: 'diff -f v1.yaml', code: 0, stdout: /^$/ },
      { run: 'get cm settings -n team -o jsonpath={.data}', stdout: /^\{"a":"1","b":"2"\}$/ },
      { run: 'apply -f v2.yaml --dry-run=server', stdout: /configured \(server dry run\)/ },
      { run: 'diff -f v1.yaml', code: 0, stdout: /^$/ },
      { run: 'apply -f v2.yaml', stdout: /configured/ },
      { run: 'get cm settings -n team -o jsonpath={.data}', stdout: /^\{"a":"3"\}$/ },
      {
        run: 'apply -f pod2.yaml',
        stdout: /pod\/worker configured/,
        stderr: /missing the kubectl.kubernetes.io\/last-applied-configuration/,
      },
      { run: 'label cm settings -n team colour=red', stdout: /labeled/ },
      { run: 'label cm settings -n team colour=blue', code: 1, stderr: /already has a value/ },
      { run: 'label cm settings -n team colour=blue --overwrite', stdout: /labeled/ },
      { run: 'annotate cm settings -n team note=hello', stdout: /annotated/ },
      { run: 'get cm -n team -l colour=blue -o name', stdout: /^configmap\/settings$/m },
      { run: ['get', 'cm', '-n', 'team', '-l', 'colour in (red,green)', '-o', 'name'], stdout: /^$/ },
      { run: ['patch', 'cm', 'settings', '-n', 'team', '--type=merge', '-p', '{"data":{"c":"4"}}'], stdout: /patched/ },
      {
        run: ['patch', 'cm', 'settings', '-n', 'team', '--type=json', '-p', '[{"op":"remove","path":"/data/c"}]'],
        stdout: /patched/,
      },
      {
        run: [
          'patch',
          'cm',
          'settings',
          '-n',
          'team',
          '--type=json',
          '-p',
          '[{"op":"test","path":"/data/a","value":"x"}]',
        ],
        code: 1,
        stderr: /server rejected our request/,
      },
      {
        run: [
          'patch',
          'pod',
          'worker',
          '-n',
          'team',
          '-p',
          '{"spec":{"containers":[{"name":"main","image":"registry.example/worker:2.0"}]}}',
        ],
        stdout: /patched/,
      },
      {
        run: 'get pod worker -n team -o jsonpath={.spec.containers[0].image}{.spec.containers[0].env[0].name}',
        stdout: /worker:2\.0A$/,
      },
      {
        run: ['patch', 'pod', 'worker', '-n', 'team', '-p', '{"spec":{"serviceAccountName":"other"}}'],
        code: 1,
        stderr: /pod updates may not change fields other than/,
      },
      { run: 'annotate cm settings -n team note=before --overwrite', stdout: /annotated/ },
      { run: 'edit cm settings -n team', stdout: /edited/ }, // the editor writes "after" for "before"
      { run: 'get cm settings -n team -o jsonpath={.metadata.annotations.note}', stdout: /^after$/ },
      { run: 'replace -f v1.yaml', stdout: /replaced/ },
      { run: 'replace --force -f v1.yaml', stdout: /deleted[\s\S]*replaced/ },
      { run: 'apply -f v1.yaml --server-side', code: 1, stderr: /unknown format|UnsupportedMediaType|media type/i },
      { run: 'create -f v1.yaml --dry-run=server', code: 1, stderr: /AlreadyExists/ },
    ],
  },
  {
    name: 'describes what it finds',
    steps: [
      { run: 'describe sa app -n team', stdout: /Name:\s+app/ },
      { run: 'describe secret db -n team', stdout: /password:\s+1 bytes/ },
      { run: 'describe pod worker -n team', stdout: /Service Account:\s+app/ },
      { run: 'describe node n1', stdout: /Name:\s+n1/ },
      { run: 'describe role reader -n team', stdout: /pods\/log/ },
      { run: 'describe clusterrolebinding app-nodes', stdout: /ServiceAccount\s+app\s+team/ },
      { run: 'describe ns team', stdout: /Status:\s+Active/ },
      {
        run: 'describe cm nothing -n team',
        code: 1,
        stderr: /Error from server \(NotFound\): configmaps "nothing" not found/,
      },
    ],
  },
  {
    name: 'issues tokens bound to an audience, a lifetime and an object',
    steps: [
      {
        run: 'create token app -n team',
        check: (out) => assert.deepEqual(claims(out).aud, ['https://kubernetes.default.svc']),
      },
      {
        run: 'create token app -n team --audience vault --audience db --duration 15m',
        check(out) {
          const { aud, exp, iat } = claims(out);
          assert.deepEqual(aud, ['vault', 'db']);
          assert.equal(exp - iat, 900);
        },
      },
      {
        run: 'create token app -n team --bound-object-kind Pod --bound-object-name worker',
        check(out) {
          const bound = claims(out)['kubernetes.io'];
          assert.equal(bound.pod?.name, 'worker');
          assert.equal(bound.node?.name, 'n1');
        },
      },
      {
        run: 'create token app -n team --bound-object-kind Secret --bound-object-name db',
        check: (out) => assert.equal(claims(out)['kubernetes.io'].secret?.name, 'db'),
      },
      {
        run: 'create token app -n team --bound-object-kind Pod --bound-object-name worker --bound-object-uid nonsense',
        code: 1,
        stderr: /the UID in the bound object reference \(nonsense\) does not match/,
      },
      {
        run: 'create token app -n team --bound-object-kind Pod --bound-object-name nobody',
        code: 1,
        stderr: /pods "nobody" not found/,
      },
      {
        run: 'create token app -n team --duration 1m',
        code: 1,
        stderr: /may not specify a duration less than 10 minutes/,
      },
      { run: 'create token ghost -n team', code: 1, stderr: /serviceaccounts "ghost" not found/ },
      {
        run: 'get --raw /openid/v1/jwks',
        stdout: /^\{"keys":\[\{"use":"sig","kty":"RSA","kid":"[\w-]{43}","alg":"RS256"/,
      },
      { run: 'get --raw /.well-known/openid-configuration', stdout: /"issuer":"https:\/\/kubernetes.default.svc"/ },
      { run: 'get issuedtokens -n team', stdout: /SERVICEACCOUNT[\s\S]*app\s+Pod\/worker/i },
    ],
  },
  {
    name: 'rotates the signing keys',
    files: {
      'rotation.yaml': 'apiVersion: identity.mayfly.dev/v1alpha1\nkind: KeyRotation\nspec: {algorithm: ES256}\n',
      'panic.yaml':
        'apiVersion: identity.mayfly.dev/v1alpha1\nkind: KeyRotation\nspec: {panic: true, algorithm: RS256}\n',
      'wrong.yaml': 'apiVersion: identity.mayfly.dev/v1alpha1\nkind: KeyRotation\nspec: {algorithm: none}\n',
    },
    steps: [
      { run: 'get signingkeys', stdout: /^NAME\s+ALGORITHM\s+STATE.*\n[\w-]{43}\s+RS256\s+Active/ },
      { run: 'create -f wrong.yaml', code: 1, stderr: /spec\.algorithm: Unsupported value: "none"/ },
      { run: 'create -f rotation.yaml -o jsonpath={.status.state}', stdout: /^Announced$/ },
      { run: 'get signingkeys --field-selector status.state=Announced', stdout: /ES256\s+Announced/ },
      {
        run: 'create -f rotation.yaml -o jsonpath={.status.state}',
        stderr: /Warning: a rotation is under way already/,
      },
      { run: 'create -f panic.yaml --dry-run=server -o jsonpath={.status.state}', stdout: /^Active$/ },
      { run: 'create -f panic.yaml -o jsonpath={.status.state}', stdout: /^Active$/ },
      { run: 'get signingkeys', stdout: /Retired[\s\S]*Retired/ },
      {
        run: 'delete signingkeys --field-selector status.state=Retired --timeout=20s',
        stdout: /deleted[\s\S]*deleted/,
      },
      {
        run: 'delete signingkeys --all',
        code: 1,
        stderr: /it signs; announce another with "mayfly keys rotate" first/,
      },
      { run: 'get signingkeys -o name', stdout: /^signingkey\.identity\.mayfly\.dev\/[\w-]{43}\n$/ },
      { run: 'create token app -n team', check: (out) => assert.ok(out.length > 100) },
    ],
  },
  {
    name: 'binds a token to a node',
    minors: ['1.35'],
    steps: [
      {
        run: 'create token app -n team --bound-object-kind Node --bound-object-name n1',
        check: (out) => assert.equal(claims(out)['kubernetes.io'].node?.name, 'n1'),
      },
    ],
  },
  {
    name: 'pages, sorts and picks',
    steps: [
      {
        run: 'get cm -n team --chunk-size=1 -o name',
        stdout: /cfg[\s\S]*first[\s\S]*second[\s\S]*settings[\s\S]*third/,
      },
      { run: 'get cm -n team --sort-by=.metadata.name -o custom-columns=N:.metadata.name', stdout: /^N\ncfg\nfirst/ },
      { run: 'get cm nothing -n team', code: 1, stderr: /configmaps "nothing" not found/ },
      { run: 'get cm nothing -n team --ignore-not-found', stdout: /^$/ },
      { run: 'get unknowns', code: 1, stderr: /the server doesn't have a resource type "unknowns"/ },
      { run: 'events -n team', code: 0 },
    ],
  },
  {
    name: 'waits and watches',
    files: { 'ready.json': '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}' },
    steps: [
      {
        run: [
          'patch',
          'pod',
          'worker',
          '-n',
          'team',
          '--subresource=status',
          '--type=merge',
          '--patch-file',
          'ready.json',
        ],
        stdout: /patched/,
      },
      { run: 'wait --for=condition=Ready pod/worker -n team --timeout=10s', stdout: /condition met/ },
      { run: 'wait --for=jsonpath={.status.phase}=Running pod/worker -n team --timeout=10s', stdout: /condition met/ },
    ],
  },
  {
    name: 'refuses politely what nobody runs here',
    steps: [
      { run: 'logs worker -n team', code: 1, stderr: /Error from server \(\w+\): / },
      { run: 'exec worker -n team -- true', code: 1, stderr: /error|Error/ },
      { run: 'attach worker -n team', code: 1, stderr: /[Ee]rror/ },
      { run: 'cp team/worker:/etc/hostname copied', code: 1, stderr: /[Ee]rror/ },
      { run: 'port-forward pod/worker 8080:80 -n team', code: 1, stderr: /error/ },
    ],
  },
  {
    name: 'cordons and taints a node',
    steps: [
      { run: 'cordon n1', stdout: /node\/n1 cordoned/ },
      { run: 'get node n1', stdout: /SchedulingDisabled/ },
      { run: 'uncordon n1', stdout: /node\/n1 uncordoned/ },
      { run: 'taint node n1 dedicated=x:NoSchedule', stdout: /node\/n1 tainted/ },
    ],
  },
  {
    name: 'sends reviews, which can only be created',
    files: {
      'access.yaml': `apiVersion: authorization.k8s.io/v1
kind: SelfSubjectAccessReview
spec: {resourceAttributes: {verb: get, resource: pods}}
`,
      'review.yaml': 'apiVersion: authentication.k8s.io/v1\nkind: TokenReview\nspec: {token: nonsense}\n',
    },
    steps: [
      { run: 'create -f access.yaml -o jsonpath={.status.allowed}', stdout: /^true$/ },
      { run: 'create -f review.yaml -o jsonpath={.status.error}', stdout: /invalid bearer token/ },
    ],
  },
  {
    name: 'reconciles RBAC, and drains a node',
    files: {
      'rbac.yaml':
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: reconciled, namespace: team}\n' +
        'rules:\n- {apiGroups: [""], resources: [pods], verbs: [get]}\n---\n' +
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: reconciled, namespace: team}\n' +
        'roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reconciled}\n' +
        'subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]\n',
      'drained.yaml':
        'apiVersion: v1\nkind: Node\nmetadata: {name: n2}\n---\n' +
        'apiVersion: v1\nkind: Pod\nmetadata: {name: drained, namespace: team}\n' +
        'spec: {nodeName: n2, containers: [{name: c, image: i}]}\n',
    },
    steps: [
      { run: 'auth reconcile -f rbac.yaml', stderr: /reconciliation required create/ },
      { run: 'auth reconcile -f rbac.yaml --remove-extra-subjects', stdout: /reconciled reconciled/, not: /required/ },
      { run: 'auth can-i get pods -n team --as jane', stdout: /^yes/ },
      { run: 'create -f drained.yaml', stdout: /n2 created[\s\S]*drained created/ },
      { run: 'drain n2 --force --grace-period=0 --timeout=20s', stdout: /pod\/drained evicted[\s\S]*node\/n2 drained/ },
      { run: 'get pod drained -n team', code: 1, stderr: /pods "drained" not found/ },
      { run: 'delete -f rbac.yaml', stdout: /deleted[\s\S]*deleted/ }, // its ClusterRole names a namespace, as many do
    ],
  },
  {
    name: 'deletes, one by one, by label, with preconditions, and whole namespaces',
    steps: [
      { run: 'delete cm first second -n team', stdout: /"first" deleted[\s\S]*"second" deleted/ },
      { run: 'delete cm settings -n team --dry-run=server', stdout: /"settings" deleted/ },
      { run: 'get cm settings -n team', stdout: /settings\s+2/ },
      { run: 'label cm settings cfg -n team going=soon', stdout: /labeled[\s\S]*labeled/ },
      { run: 'delete cm -l going=soon -n team --cascade=orphan', stdout: /"cfg" deleted[\s\S]*"settings" deleted/ },
      { run: 'delete cm --all -n team', stdout: /deleted/ },
      { run: 'delete pod worker -n team --grace-period=0 --force', stdout: /force deleted/ },
      { run: 'delete sa app -n team', stdout: /"app" deleted/ },
      { run: 'delete ns kube-system', code: 1, stderr: /this namespace may not be deleted/ },
      { run: 'delete ns team --timeout=20s', stdout: /"team" deleted/ },
      { run: 'get ns team', code: 1, stderr: /namespaces "team" not found/ },
      { run: 'create cm late -n team', code: 1, stderr: /namespaces "team" not found/ },
    ],
  },
];

interface Claims {
  readonly aud: readonly string[];
  readonly iat: number;
  readonly exp: number;
  readonly 'kubernetes.io': Readonly<Record<'pod' | 'secret' | 'node', { readonly name: string } | undefined>>;
}

function claims(token: string): Claims {
  const [, payload = ''] = token.trim().split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
}
