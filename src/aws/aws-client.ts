// Named exports, because a bundle provides a dynamically imported CommonJS package only as its default export.
export {
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';

// On Node 20, the SDK warns that versions after January 2027 require Node 22. The pinned version runs on Node 20, and users cannot change it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
