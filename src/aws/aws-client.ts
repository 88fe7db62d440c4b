// By name, because a bundle gives a CommonJS package that is loaded late as its default export alone.
export {
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';

// On Node 20 the SDK warns that versions after January 2027 need Node 22. The pinned version runs on Node 20, and users cannot act on it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
