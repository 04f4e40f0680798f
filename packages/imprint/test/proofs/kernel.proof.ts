import { kernelJourney } from '../support/fleet/kernel-journey.ts';
import { usePublishedHome } from '../support/published-home.ts';

kernelJourney(usePublishedHome());
