-- What cases:read and cases:write covered until now goes by three more names; nobody loses what they had.
UPDATE clients SET scopes = scopes || ' impasses:read events:read' WHERE ' ' || scopes || ' ' LIKE '% cases:read %';
UPDATE clients SET scopes = scopes || ' impasses:write' WHERE ' ' || scopes || ' ' LIKE '% cases:write %';
