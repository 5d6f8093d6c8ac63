DROP TABLE gateway_credentials;
