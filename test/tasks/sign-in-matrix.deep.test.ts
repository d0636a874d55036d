import { signInMatrix } from './sign-in-matrix.ts';
import { CLOUDS, SCHEMES, WAYS } from './sign-in-rig.ts';

describe('every way to sign in, to every cloud, by every way', () =>
  signInMatrix(
    SCHEMES.flatMap((scheme) => CLOUDS.flatMap((cloud) => WAYS.map((way) => [scheme, cloud, way] as const))),
  ));
