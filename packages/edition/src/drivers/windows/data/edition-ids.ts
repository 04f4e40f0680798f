// Names as EDITIONID in an image has them. Source: learn.microsoft.com, DISM /Get-CurrentEdition and /Get-TargetEditions.

const education = ['Education', 'EducationN'] as const;

const enterprise = [
  'Enterprise',
  'EnterpriseN',
  'EnterpriseEval',
  'EnterpriseNEval',
  'EnterpriseS',
  'EnterpriseSN',
  'EnterpriseSEval',
  'EnterpriseSNEval',
  'IoTEnterprise',
  'IoTEnterpriseS',
] as const;

const professional = [
  'Professional',
  'ProfessionalN',
  'ProfessionalEducation',
  'ProfessionalEducationN',
  'ProfessionalWorkstation',
  'ProfessionalWorkstationN',
] as const;

const server = [
  'ServerDatacenter',
  'ServerDatacenterCor',
  'ServerDatacenterCore',
  'ServerDatacenterEval',
  'ServerDatacenterEvalCor',
  'ServerStandard',
  'ServerStandardCor',
  'ServerStandardCore',
  'ServerStandardEval',
  'ServerStandardEvalCor',
  'ServerTurbine',
  'ServerTurbineCor',
] as const;

/** Clients that are licensed by volume. */
export const enterpriseClients: readonly string[] = [...enterprise, ...education];

/** Where diagnostic data can be switched off. */
export const enterpriseAndServer: readonly string[] = [...enterpriseClients, ...server];

/** Where administrative templates are honoured: all but Home. */
export const managedEditions: readonly string[] = [...enterpriseAndServer, ...professional];
