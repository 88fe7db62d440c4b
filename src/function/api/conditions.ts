/** A condition of the composite and its claim: what its reasons mean. The reference is generated from here. */
interface ConditionRow {
  /** Reason while it is True. */
  readonly whenTrue: string;
  /** Reasons while it is False, with what each means. */
  readonly reasons: Readonly<Record<string, string>>;
  /** It is absent until it is False for the first time. */
  readonly onlyAbnormal?: true;
}

/** All conditions that the function sets, in the order of the reference. */
export const CONDITIONS = {
  ParametersValid: {
    whenTrue: 'Valid',
    reasons: {
      InvalidParameters:
        'the claim asks for what cannot be or is not allowed; the message says where and what would be right',
      InvalidInput: "the same of the Composition's Input",
      NameConflict:
        'another composite has a repository of that name; what this one composed of it loses the right to delete anything and is let go of',
    },
  },
  RepositoriesReady: {
    whenTrue: 'Available',
    reasons: {
      Creating: 'ECR does not have everything yet',
      Moving:
        'the Input names another provider flavor: its provider takes the repositories over, and ECR keeps them as they are',
      Deleting: 'a resource is being deleted; it is composed again once it is gone',
      RepositoryNotReady: 'the provider failed; the message is its own',
    },
  },
  // Of several sources, the first of these reasons counts.
  PackageCacheReady: {
    whenTrue: 'Available',
    reasons: {
      InvalidSource: 'the source contradicts itself',
      NotAllowed: 'the Input does not allow the source',
      VerifyFailed: 'no signer of `verify` has signed the artifact, or the keys or the trusted root cannot be used',
      Conflict: 'another source has the file or the package, or something else made the package',
      Damaged: 'a ConfigMap does not hold what it should; it is restored as soon as its content is at hand',
      TooLarge: 'the content does not fit beside what stays',
      InvalidArtifact: 'Crossplane could not install the artifact, or it is not of the kind in `install`',
      AuthFailed: 'credentials are missing, or the registry refuses them',
      FetchFailed: 'the registry cannot be reached, or does not have the artifact',
      Pending: 'content is being fetched, or something that it needs is not there yet',
      Suspended: 'the source is suspended, and its content is not in the cluster',
    },
  },
  FieldsKnown: {
    whenTrue: 'Applied',
    onlyAbnormal: true,
    reasons: {
      UnknownField:
        'the claim has fields that this function does not read; `fieldValidation` in the Input refuses or ignores them',
    },
  },
  SettingsApplied: {
    whenTrue: 'Applied',
    onlyAbnormal: true,
    reasons: { CannotChange: 'something that ECR or the provider cannot change stays as it is' },
  },
  NamesChecked: {
    whenTrue: 'Applied',
    onlyAbnormal: true,
    reasons: {
      NotFetched:
        'Crossplane has not shown yet which composites have repositories of these names; they are not composed before',
      AccountUnknown:
        'a composite with another provider config has a repository of that name; until the AWS account is known, this one is created without settings and changes nothing',
      NotChecked: 'names were not compared, as in a local rendering',
    },
  },
  ImagesObserved: {
    whenTrue: 'Applied',
    onlyAbnormal: true,
    reasons: { NotReachable: 'ECR could not be asked for the images' },
  },
  PullSecretRenewed: {
    whenTrue: 'Applied',
    onlyAbnormal: true,
    reasons: { NotReachable: 'ECR gave no login; the Secret stays as it is' },
  },
  StatusRecorded: {
    whenTrue: 'Recorded',
    onlyAbnormal: true,
    reasons: { NotInSchema: 'the XRD does not declare the status, so it is left out' },
  },
} as const satisfies Readonly<Record<string, ConditionRow>>;

/** The type of a condition. */
export type ConditionType = keyof typeof CONDITIONS;

/** A reason why a condition is False. */
export type ReasonOf<Type extends ConditionType> = keyof (typeof CONDITIONS)[Type]['reasons'] & string;
