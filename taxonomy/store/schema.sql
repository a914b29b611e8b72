-- The taxonomy in one file.  Rows are only ever appended, source by source, so a state after n sources is
-- the rows with 0 <= source < n; what is derived is made anew after every change: `span`, `span_extra`, `mark`, and what
-- people change in the whole (the rows of source -1, and `cut`).  Rules are beside that: they stay until they are removed.

PRAGMA application_id = 0x7461786f;      -- "taxo": tells this file from any other SQLite file
PRAGMA user_version = 6;                 -- version of this schema

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Where everything comes from, in merge order; 0 is WordNet, -1 are people, and what is below are annotations that rules
-- were learned from.
CREATE TABLE source (
    position        INTEGER PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    kind            TEXT NOT NULL,       -- wordnet | vocabulary | knowledge base | names | people | annotations
    title           TEXT NOT NULL,
    task            TEXT NOT NULL,       -- classification, detection, segmentation, scene, ...
    version         TEXT NOT NULL,
    ids             TEXT NOT NULL,       -- what the keys of its classes are
    domain          TEXT NOT NULL,       -- concept that all its classes fall under, or ''
    homepage        TEXT NOT NULL,
    citation        TEXT NOT NULL,
    attribution     TEXT NOT NULL,
    data_licence    TEXT NOT NULL,       -- SPDX, of the labels
    package         TEXT NOT NULL,
    package_licence TEXT NOT NULL,       -- SPDX, of the package that the list was taken from
    file            TEXT NOT NULL,
    sha256          TEXT NOT NULL,
    min_confidence  REAL                 -- from which exact links by name were made; NULL for the linker's own
);

CREATE TABLE concept (
    key        INTEGER PRIMARY KEY,      -- order of first appearance
    id         TEXT NOT NULL,            -- n02084071, mid:/m/0bt9lr, coco:18
    name       TEXT NOT NULL,
    definition TEXT NOT NULL,
    lexfile    TEXT NOT NULL,            -- noun.animal, or '' outside WordNet
    source     INTEGER NOT NULL REFERENCES source (position)
);

-- Other ids of a concept (mid:/m/0bt9lr), each given by a source.
CREATE TABLE identifier (
    id      TEXT PRIMARY KEY,
    concept INTEGER NOT NULL REFERENCES concept (key),
    source  INTEGER NOT NULL REFERENCES source (position)
) WITHOUT ROWID;

CREATE TABLE name (
    key      INTEGER PRIMARY KEY,
    concept  INTEGER NOT NULL REFERENCES concept (key),
    text     TEXT NOT NULL,
    form     TEXT NOT NULL,              -- lower case, no underscores: what look-ups compare
    language TEXT NOT NULL,              -- BCP 47
    kind     TEXT NOT NULL,              -- lemma | synonym | scientific
    sense    INTEGER NOT NULL,           -- WordNet's sense number of this lemma, 0 elsewhere
    tagged   INTEGER NOT NULL,           -- how often WordNet's concordances tag the sense
    source   INTEGER NOT NULL REFERENCES source (position)
);

CREATE TABLE edge (
    number     INTEGER PRIMARY KEY,      -- order of appearance
    child      INTEGER NOT NULL REFERENCES concept (key),
    parent     INTEGER NOT NULL REFERENCES concept (key),
    kind       TEXT NOT NULL,            -- is_a | instance_of | part_of | member_of
    source     INTEGER NOT NULL REFERENCES source (position),
    method     TEXT NOT NULL,
    confidence REAL NOT NULL
);

-- Edges that were cut, by people or by the repair of their source: they wait here, whole, to be put back.
CREATE TABLE cut (
    number     INTEGER PRIMARY KEY,      -- that of the edge
    child      INTEGER NOT NULL REFERENCES concept (key),
    parent     INTEGER NOT NULL REFERENCES concept (key),
    kind       TEXT NOT NULL,
    source     INTEGER NOT NULL REFERENCES source (position),
    method     TEXT NOT NULL,
    confidence REAL NOT NULL,
    reason     TEXT NOT NULL,
    repair     INTEGER NOT NULL          -- 1 when repair cut it, when its source was merged
);

-- Whether pictures show a concept: one row for each, after people's decisions.
CREATE TABLE mark (
    concept INTEGER PRIMARY KEY REFERENCES concept (key),
    score   REAL NOT NULL,               -- probability that a concrete picture of it can be recognised, 0 to 1
    state   TEXT NOT NULL,               -- visual | uncommon | non-visual
    safety  TEXT NOT NULL,               -- safe | sensitive | offensive | unknown
    reason  TEXT NOT NULL                -- the machine's evidence for the score; who decided is in `decision`
);

-- What people decided and is in force; the files that say it are beside the database.
CREATE TABLE decision (
    key     INTEGER PRIMARY KEY,
    source  INTEGER NOT NULL REFERENCES source (position),  -- of the class that is linked; -1 of all else
    kind    TEXT NOT NULL,               -- link | edge | mark | rule
    subject TEXT NOT NULL,               -- coco:74; the child of an edge; the concept of a mark; what a rule is about
    object  TEXT NOT NULL,               -- the concept; the parent of an edge; '' of a mark; what comes with it
    value   TEXT NOT NULL,               -- exactMatch, not exactMatch, ...; is_a | cut; as `mark` has it; accept | reject
    author  TEXT NOT NULL,
    date    TEXT NOT NULL,
    comment TEXT NOT NULL
);

-- Labels that come together in images, and likely pairs that are no rules.
CREATE TABLE rule (
    number      INTEGER PRIMARY KEY,
    source      INTEGER NOT NULL REFERENCES source (position),
    condition   TEXT NOT NULL,           -- ids: of concepts, or of labels that are none
    consequence TEXT NOT NULL,
    n_if        INTEGER NOT NULL,        -- images with the condition
    n_both      INTEGER NOT NULL,
    n_verified  INTEGER NOT NULL,        -- of those with the condition, where somebody looked for the consequence
    probability REAL NOT NULL,
    lower_bound REAL NOT NULL,
    lift        REAL NOT NULL,
    estimator   TEXT NOT NULL,
    refused     TEXT NOT NULL            -- why it is no rule; '' for a rule
);
CREATE INDEX rule_condition ON rule (condition);

-- The classes of every vocabulary as their source writes them, and how each was linked.
CREATE TABLE class (
    source          INTEGER NOT NULL REFERENCES source (position),
    position        INTEGER NOT NULL,    -- order in the vocabulary
    key             TEXT NOT NULL,
    name            TEXT NOT NULL,
    wnid            TEXT NOT NULL,
    synonyms        TEXT NOT NULL,       -- JSON array
    definition      TEXT NOT NULL,
    parent          TEXT NOT NULL,
    mid             TEXT NOT NULL,
    scientific_name TEXT NOT NULL,
    parents         TEXT NOT NULL,       -- JSON array of keys, of a knowledge base, as the following
    types           TEXT NOT NULL,       -- JSON array of keys: what it is an instance of
    ids             TEXT NOT NULL,       -- JSON array of CURIEs
    names           TEXT NOT NULL,       -- JSON array of [language, name]
    rank            TEXT NOT NULL,       -- of a taxon
    language        TEXT NOT NULL,       -- BCP 47 tag of the name
    form            TEXT NOT NULL,       -- normalised plain name
    concept         INTEGER REFERENCES concept (key),  -- the concept that it is; NULL when unplaced
    anchor          INTEGER REFERENCES concept (key),  -- the concept that it is linked to
    relation        TEXT NOT NULL,       -- exactMatch | closeMatch | broadMatch | narrowMatch | unplaced
    method          TEXT NOT NULL,       -- decision | given | exact | head | embedding | domain | ''
    confidence      REAL NOT NULL,
    alternatives    TEXT NOT NULL,       -- JSON array of [concept, confidence], best first
    PRIMARY KEY (source, position)
) WITHOUT ROWID;

-- Interval labels: a preorder walk of a spanning tree numbers the concepts, so a subtree is a range of rows.
CREATE TABLE span (
    pre      INTEGER PRIMARY KEY,        -- place in the walk
    last     INTEGER NOT NULL,           -- highest place below it in the tree
    concept  INTEGER NOT NULL,
    id       TEXT NOT NULL,              -- copied from concept, so that a subtree is read in one sweep
    name     TEXT NOT NULL,
    instance INTEGER NOT NULL            -- 1 when the concept is an individual (Paris), not a class
);

-- The ranges that a concept reaches through the second parents of concepts below it.
CREATE TABLE span_extra (
    concept INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    PRIMARY KEY (concept, first)
) WITHOUT ROWID;

-- Fuzzy search: trigrams of the names' forms, over the rows of `name`.
CREATE VIRTUAL TABLE name_trigram USING fts5 (
    form, content = 'name', content_rowid = 'key', tokenize = 'trigram', detail = 'none'
);
