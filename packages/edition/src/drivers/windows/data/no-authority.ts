/** An authority whose key was never kept: no signature leads to it, so checking against it tells only whether a signature is whole. */
export const noAuthority = `-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUNbfBlq2u/UjRtwpbZWl/h2EVXWAwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMTm8gYXV0aG9yaXR5MCAXDTI2MTEyNTIwMTMxNloYDzIxMjYx
MTAxMjAxMzE2WjAXMRUwEwYDVQQDDAxObyBhdXRob3JpdHkwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATRxhxy6qeeBFAeAI5cURD16E7UqICsLbHXLrlqrpMYR0cu
TuSoggZPbxGC3CF5itIzRj8C/YOQ4iCGWepoII2bo1MwUTAdBgNVHQ4EFgQUFXWb
zSdYl8bzkUc/AmF/ZPRRTJAwHwYDVR0jBBgwFoAUFXWbzSdYl8bzkUc/AmF/ZPRR
TJAwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAh8HU5haluc57B
Qt8/n+Oz/7IisOS6hpyCacIUF6Lz6gIhAMw+MBgjJAHqPZkRsauxrUO2xJydiXfG
6OarNLTIrMwo
-----END CERTIFICATE-----
`;
