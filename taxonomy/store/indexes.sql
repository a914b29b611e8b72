-- The look-ups over the tables of schema.sql, made when the rows are in: sorted once, they take a third of the time.

CREATE UNIQUE INDEX IF NOT EXISTS concept_id ON concept (id);
CREATE INDEX IF NOT EXISTS name_form ON name (form);
CREATE INDEX IF NOT EXISTS name_concept ON name (concept);
CREATE INDEX IF NOT EXISTS edge_child ON edge (child, kind, parent);
CREATE INDEX IF NOT EXISTS edge_parent ON edge (parent, kind, child);
CREATE UNIQUE INDEX IF NOT EXISTS class_key ON class (source, key);
CREATE INDEX IF NOT EXISTS class_concept ON class (concept);
CREATE INDEX IF NOT EXISTS class_form ON class (form);
CREATE UNIQUE INDEX IF NOT EXISTS span_concept ON span (concept);
