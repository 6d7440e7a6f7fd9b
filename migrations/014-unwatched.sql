-- Whether a drift ended only in that it is looked at no more: nobody saw it mended, and it may stand still.
ALTER TABLE drift ADD COLUMN unwatched INTEGER NOT NULL DEFAULT 0 CHECK (unwatched IN (0, 1));
