import { deploymentJourney } from '../support/deployment-journey.ts';
import { usePublishedHome } from '../support/published-home.ts';

deploymentJourney(usePublishedHome());
