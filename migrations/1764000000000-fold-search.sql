-- Search folds more than case: see docs/adr/0008-search.md.
--
-- The migration locks all four tables against reads and writes until it ends. It writes the tables items, stores, tags and
-- users and all their indexes anew: some 4 minutes for a million items on two busy cores, most of them for the indexes of search.

-- The form that texts and the words of a query are compared in: without compatibility variants, combining marks and case,
-- and with plain letters for some that do not decompose. All marks of Unicode 17 are dropped but vowel signs of scripts
-- that spell vowels with them: there they are letters. Upper case comes first because letters that share a capital are
-- one: s and the long s, σ and ς, i and ı. The first branch is a shorter way to the same for ASCII.
-- It is in PL/pgSQL because each INSERT would plan the body of an SQL function anew, which takes 0.3 ms. The cost is low
-- because queries fold their words once, not for each row. The literals with E mean the same under all settings.
CREATE FUNCTION fold(value text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 2
AS $$ BEGIN
  IF octet_length(value) = char_length(value) THEN RETURN lower(value COLLATE "C"); END IF;
  RETURN replace(replace(replace(translate(
      lower(upper(
        regexp_replace(normalize(
          -- ICU before version 62 does not know the capital letters of Georgian.
          CASE WHEN value COLLATE "C" ~ E'[\u1c90-\u1cbf]' THEN translate(value,
            'ᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿ',
            'აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿ') ELSE value END, NFKD) COLLATE "C",
          E'[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f'
          '\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07eb-\u07f3\u07fd'
          '\u0818-\u0819\u082d\u0859-\u085b\u0897-\u089f\u08ca-\u08e1\u08e3-\u08ff\u093c\u094d\u0951-\u0954\u09bc'
          '\u09cd\u09fe\u0a3c\u0a4d\u0abc\u0acd\u0afd-\u0aff\u0b3c\u0b4d\u0b55\u0bcd\u0c3c\u0c4d\u0cbc\u0ccd'
          '\u0d3b-\u0d3c\u0d4d\u0dca\u0e47-\u0e4c\u0e4e\u0eba\u0ec8-\u0ecc\u0ece\u0f18-\u0f19\u0f35\u0f37\u0f39'
          '\u0f3e-\u0f3f\u0f84\u0f86-\u0f87\u0fc6\u1037\u1039-\u103a\u135d-\u135f\u1714-\u1715\u1734\u17b4-\u17b5'
          '\u17c9-\u17d3\u17dd\u180b-\u180d\u180f\u1939-\u193b\u1a60\u1a75-\u1a7c\u1a7f\u1ab0-\u1add\u1ae0-\u1aeb'
          '\u1b34\u1b44\u1b6b-\u1b73\u1baa-\u1bab\u1be6\u1bf2-\u1bf3\u1c37\u1cd0-\u1cd2\u1cd4-\u1ce8\u1ced\u1cf4'
          '\u1cf7-\u1cf9\u1dc0-\u1dff\u20d0-\u20f0\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099-\u309a'
          '\ua66f-\ua672\ua674-\ua67d\ua69e-\ua69f\ua6f0-\ua6f1\ua806\ua82c\ua8c4\ua8e0-\ua8f1\ua92b-\ua92d\ua953'
          '\ua9b3\ua9c0\uaabf\uaac1\uaaf6\uabec-\uabed\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f\U000101fd\U000102e0'
          '\U00010a38-\U00010a3a\U00010a3f\U00010ae5-\U00010ae6\U00010d6a-\U00010d6d\U00010efa-\U00010eff'
          '\U00010f46-\U00010f50\U00010f82-\U00010f85\U00011046\U00011070\U0001107f\U000110b9-\U000110ba'
          '\U00011133-\U00011134\U00011173\U000111c0\U000111c9-\U000111cc\U00011235-\U00011236\U000112e9-\U000112ea'
          '\U0001133b-\U0001133c\U0001134d\U00011366-\U0001136c\U00011370-\U00011374\U000113ce-\U000113d0\U000113d2'
          '\U000113e1-\U000113e2\U00011442\U00011446\U0001145e\U000114c2-\U000114c3\U000115bf-\U000115c0\U0001163f'
          '\U000116b6-\U000116b7\U0001172b\U00011839-\U0001183a\U0001193d-\U0001193e\U00011943\U000119e0'
          '\U00011a33-\U00011a34\U00011a47\U00011a98-\U00011a99\U00011c3f\U00011d42\U00011d44-\U00011d45\U00011d97'
          '\U00011f41-\U00011f42\U00011f5a\U00013440\U00013447-\U00013455\U0001612f\U00016af0-\U00016af4'
          '\U00016b30-\U00016b36\U00016fe4\U0001bc9d\U0001cf00-\U0001cf2d\U0001cf30-\U0001cf46\U0001d165-\U0001d169'
          '\U0001d16d-\U0001d172\U0001d17b-\U0001d182\U0001d185-\U0001d18b\U0001d1aa-\U0001d1ad'
          '\U0001d242-\U0001d244\U0001da00-\U0001da36\U0001da3b-\U0001da6c\U0001da75\U0001da84\U0001da9b-\U0001da9f'
          '\U0001daa1-\U0001daaf\U0001e000-\U0001e006\U0001e008-\U0001e018\U0001e01b-\U0001e021'
          '\U0001e023-\U0001e024\U0001e026-\U0001e02a\U0001e08f\U0001e130-\U0001e136\U0001e2ae\U0001e2ec-\U0001e2ef'
          '\U0001e4ec-\U0001e4ef\U0001e5ee-\U0001e5ef\U0001e8d0-\U0001e8d6\U0001e944-\U0001e946'
          '\U0001e948-\U0001e94a\U000e0100-\U000e01ef]+', '', 'g')
        COLLATE "und-x-icu")) COLLATE "C",
      'ςøłđ', 'σold'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
END $$;

ALTER TABLE items DROP COLUMN search;
ALTER TABLE items ADD COLUMN search text COLLATE "C" NOT NULL
  GENERATED ALWAYS AS (fold(((name || ' '::text) || COALESCE(sku, ''::text)))) STORED;
CREATE INDEX items_search_idx ON items USING gin (search gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX items_short_search_idx ON items
  USING gin (characters_and_pairs(search)) WITH (gin_pending_list_limit = 256);

DROP INDEX stores_search_idx;
ALTER TABLE stores ADD COLUMN search text COLLATE "C" NOT NULL GENERATED ALWAYS AS (fold(name)) STORED;
CREATE INDEX stores_search_idx ON stores USING gin (search gin_trgm_ops);

DROP INDEX tags_search_idx;
ALTER TABLE tags ADD COLUMN search text COLLATE "C" NOT NULL GENERATED ALWAYS AS (fold(name)) STORED;
CREATE INDEX tags_search_idx ON tags USING gin (search gin_trgm_ops);

DROP INDEX users_search_idx;
ALTER TABLE users ADD COLUMN search text COLLATE "C" NOT NULL GENERATED ALWAYS AS (fold(email)) STORED;
CREATE INDEX users_search_idx ON users USING gin (search gin_trgm_ops);
