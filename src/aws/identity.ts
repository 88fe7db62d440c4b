/** The keys of an AWS identity. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An AWS identity: that of this process, found by the SDK's credential chain, or the one with these keys. */
export type AwsIdentity = { readonly kind: 'own' } | { readonly kind: 'keys'; readonly keys: AwsCredentials };
