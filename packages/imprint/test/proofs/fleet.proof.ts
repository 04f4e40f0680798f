import { fleetJourney } from '../support/fleet/fleet-journey.ts';
import { usePublishedHome } from '../support/published-home.ts';

fleetJourney(usePublishedHome());
