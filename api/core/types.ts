/**
 * Core objects as our controllers and the mirror read them: Service and EndpointSlice with every field of
 * Kubernetes 1.36 (the mirror is lossless), Pod and Node with the fields an Endpoint is made from.
 * Source: `staging/src/k8s.io/api/{core,discovery}/v1/types.go`. Optional means: may be absent on the wire.
 */
import type { Condition, KubeObject } from '../meta/types.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';
export type IPFamily = 'IPv4' | 'IPv6';
export type IPFamilyPolicy = 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';

/** A port number, or the name of a port on the pod. */
export type IntOrString = number | string;

export interface ObjectReference {
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiVersion?: string;
  resourceVersion?: string;
  fieldPath?: string;
}

// ── Service ───────────────────────────────────────────────────────────────────────────────────────────

export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';

export interface V1ServicePort {
  /** Absent only where it is the Service's one port. */
  name?: string;
  protocol?: Protocol;
  /** A hint, never checked. */
  appProtocol?: string;
  port: number;
  targetPort?: IntOrString;
  nodePort?: number;
}

export interface SessionAffinityConfig {
  clientIP?: { timeoutSeconds?: number };
}

export interface V1ServiceSpec {
  type?: ServiceType;
  /** `{}` is dropped on the wire: absent means "no selector". */
  selector?: Record<string, string>;
  ports?: V1ServicePort[];
  /** 'None' is headless. */
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: IPFamily[];
  ipFamilyPolicy?: IPFamilyPolicy;
  externalIPs?: string[];
  sessionAffinity?: 'None' | 'ClientIP';
  sessionAffinityConfig?: SessionAffinityConfig;
  /** Free text, deprecated upstream. */
  loadBalancerIP?: string;
  /** CIDRs; may be padded with spaces. */
  loadBalancerSourceRanges?: string[];
  loadBalancerClass?: string;
  allocateLoadBalancerNodePorts?: boolean;
  externalName?: string;
  externalTrafficPolicy?: 'Cluster' | 'Local';
  internalTrafficPolicy?: 'Cluster' | 'Local';
  healthCheckNodePort?: number;
  publishNotReadyAddresses?: boolean;
  trafficDistribution?: string;
}

export interface PortStatus {
  port: number;
  protocol: Protocol;
  error?: string;
}

export interface LoadBalancerIngress {
  ip?: string;
  hostname?: string;
  ipMode?: 'VIP' | 'Proxy';
  ports?: PortStatus[];
}

export interface V1ServiceStatus {
  loadBalancer?: { ingress?: LoadBalancerIngress[] };
  conditions?: Condition[];
}

export interface V1Service extends KubeObject {
  spec?: V1ServiceSpec;
  status?: V1ServiceStatus;
}

// ── EndpointSlice ─────────────────────────────────────────────────────────────────────────────────────

export type SliceAddressType = 'IPv4' | 'IPv6' | 'FQDN';

/** Each is tri-state: absent means true, true and false in this order, and stays absent in a copy. */
export interface SliceEndpointConditions {
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
}

export interface SliceEndpoint {
  /** 1 to 100; only the first has a meaning upstream. */
  addresses: string[];
  conditions?: SliceEndpointConditions;
  hostname?: string;
  targetRef?: ObjectReference;
  nodeName?: string;
  zone?: string;
  hints?: { forZones?: { name: string }[]; forNodes?: { name: string }[] };
  /** Read only: silently dropped on writes through v1. */
  deprecatedTopology?: Record<string, string>;
}

export interface SlicePort {
  name?: string;
  protocol?: Protocol;
  /** Absent: every port. Not range-checked upstream. */
  port?: number;
  appProtocol?: string;
}

export interface EndpointSlice extends KubeObject {
  addressType: SliceAddressType;
  /** null where a Go client encoded an empty list. */
  endpoints?: SliceEndpoint[] | null;
  ports?: SlicePort[] | null;
}

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';

// ── Pod ───────────────────────────────────────────────────────────────────────────────────────────────

export interface ContainerPort {
  name?: string;
  containerPort: number;
  protocol?: Protocol;
  hostPort?: number;
  hostIP?: string;
}

export interface Container {
  name: string;
  ports?: ContainerPort[];
  /** On an init container 'Always' makes it a sidecar, whose ports count. */
  restartPolicy?: string;
}

export interface PodCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  lastTransitionTime?: string | null;
  lastProbeTime?: string | null;
  reason?: string;
  message?: string;
}

export interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  nodeName?: string;
  hostname?: string;
  subdomain?: string;
  hostNetwork?: boolean;
  readinessGates?: { conditionType: string }[];
}

export interface PodStatus {
  phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  podIP?: string;
  podIPs?: { ip: string }[];
  conditions?: PodCondition[];
}

export interface Pod extends KubeObject {
  spec?: PodSpec;
  status?: PodStatus;
}

// ── Others ────────────────────────────────────────────────────────────────────────────────────────────

export interface CoreNode extends KubeObject {
  spec?: Record<string, unknown>;
  status?: { conditions?: { type: string; status: string }[] };
}

export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: 'Active' | 'Terminating' };
}

/** The legacy object; read by nobody here, but kept in step by kube-apiserver's callers. */
export interface V1Endpoints extends KubeObject {
  subsets?: {
    addresses?: { ip: string; hostname?: string; nodeName?: string; targetRef?: ObjectReference }[];
    notReadyAddresses?: { ip: string; hostname?: string; nodeName?: string; targetRef?: ObjectReference }[];
    ports?: { name?: string; port: number; protocol?: Protocol; appProtocol?: string }[];
  }[];
}

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

/** core/v1 Event, with the fields a recorder writes. */
export interface CoreEvent extends KubeObject {
  involvedObject: ObjectReference;
  reason?: string;
  message?: string;
  type?: 'Normal' | 'Warning';
  count?: number;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  source?: { component?: string; host?: string };
  reportingComponent?: string;
  reportingInstance?: string;
  action?: string;
}

export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}
