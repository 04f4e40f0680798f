import { fleetJourney } from '../support/fleet/fleet-journey.ts';
import { usePublishedHome } from '../support/published-home.ts';

// Two of the twenty are virtual machines, and one of them loses its power too.
fleetJourney(usePublishedHome(), 2);
