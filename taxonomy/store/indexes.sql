-- The look-ups over the tables of schema.sql, made when the rows are in: sorted once, they take a third of the time.

CREATE UNIQUE INDEX concept_id ON concept (id);
CREATE INDEX name_form ON name (form);
CREATE INDEX name_concept ON name (concept);
CREATE INDEX edge_child ON edge (child, kind, parent);
CREATE INDEX edge_parent ON edge (parent, kind, child);
CREATE UNIQUE INDEX class_key ON class (source, key);
CREATE INDEX class_concept ON class (concept);
CREATE INDEX class_form ON class (form);
CREATE UNIQUE INDEX span_concept ON span (concept);
