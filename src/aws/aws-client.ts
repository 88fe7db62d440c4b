// By name, because a bundle gives a CommonJS package that is loaded late as its default export alone.
export { DescribeImagesCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
