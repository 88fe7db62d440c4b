/** A condition of the composite and its claim, and the meanings of its reasons. The reference is generated from this table. */
interface ConditionRow {
  /** The reason while the condition is True. */
  readonly whenTrue: string;
  /** The reasons while the condition is False, each with its meaning. */
  readonly reasons: Readonly<Record<string, string>>;
  /** Set for a condition that is absent until it is False for the first time. */
  readonly onlyAbnormal?: true;
}

/** All conditions that the function sets, in the order of the reference. */
export const CONDITIONS = {
  ParametersValid: {
    whenTrue: 'Valid',
    reasons: {
      InvalidParameters:
        'the claim contains values that are invalid or not allowed; the message names the fields and the allowed values',
      InvalidInput: "the Composition's Input contains values that are invalid or not allowed",
      NameConflict:
        'another composite has a repository of that name; the resources that this composite composed for it lose the right to delete anything and are released',
    },
  },
  RepositoriesReady: {
    whenTrue: 'Available',
    reasons: {
      Creating: 'not all resources exist in ECR yet',
      Moving:
        'the Input selects another provider flavor: its provider takes over the repositories, which do not change in ECR',
      Deleting: 'a resource is being deleted; it is composed again after its deletion',
      RepositoryNotReady: 'the provider failed; the message is from the provider',
    },
  },
  // With several sources, the first of these reasons is reported.
  PackageCacheReady: {
    whenTrue: 'Available',
    reasons: {
      InvalidSource: 'the settings of the source contradict each other',
      NotAllowed: 'the Input does not allow the source',
      VerifyFailed: 'the artifact is not signed by a signer in `verify`, or the keys or the trusted root are invalid',
      Conflict: 'the file or the package belongs to another source, or the package was created by other means',
      Damaged: 'the content of a ConfigMap is damaged; it is restored as soon as the content is available',
      TooLarge: 'the content does not fit in addition to the retained content',
      InvalidArtifact: 'Crossplane cannot install the artifact, or its kind differs from that in `install`',
      AuthFailed: 'credentials are missing, or the registry refuses them',
      FetchFailed: 'the registry cannot be reached, or does not have the artifact',
      Pending: 'content is being fetched, or waits for an object that does not exist yet',
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
    reasons: { CannotChange: 'a setting that neither ECR nor the provider can change keeps its value' },
  },
  NamesChecked: {
    whenTrue: 'Applied',
    onlyAbnormal: true,
    reasons: {
      NotFetched:
        'Crossplane has not returned the composites with repositories of these names yet; until then, the repositories are not composed',
      AccountUnknown:
        'a composite with another provider config has a repository of that name; until the AWS account is known, this repository is created without settings, and an existing one is not changed',
      NotChecked: 'names were not compared, as in a local rendering',
    },
  },
  ImagesObserved: {
    whenTrue: 'Applied',
    onlyAbnormal: true,
    reasons: { NotReachable: 'the images cannot be read from ECR' },
  },
  PullSecretRenewed: {
    whenTrue: 'Applied',
    onlyAbnormal: true,
    reasons: { NotReachable: 'ECR did not return a login; the Secret is not changed' },
  },
  StatusRecorded: {
    whenTrue: 'Recorded',
    onlyAbnormal: true,
    reasons: { NotInSchema: 'the XRD does not declare the status, so it is not recorded' },
  },
} as const satisfies Readonly<Record<string, ConditionRow>>;

/** The type of a condition. */
export type ConditionType = keyof typeof CONDITIONS;

/** The type of a condition that is absent until it is False for the first time. */
export type AbnormalType = {
  [Type in ConditionType]: (typeof CONDITIONS)[Type] extends { readonly onlyAbnormal: true } ? Type : never;
}[ConditionType];

/** A reason why a condition is False. */
export type ReasonOf<Type extends ConditionType> = keyof (typeof CONDITIONS)[Type]['reasons'] & string;
