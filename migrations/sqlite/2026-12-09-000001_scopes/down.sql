UPDATE clients
SET scopes = trim(replace(replace(replace(scopes, 'impasses:read', ''), 'impasses:write', ''), 'events:read', ''));
