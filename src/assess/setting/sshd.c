#include "assess/setting/sshd.h"

#include <string.h>

#include "format/quantity.h"

const char *const sshd_criteria[] = {"user",         "host",      "group",   "address",
				     "localaddress", "localport", "rdomain", NULL};

static const struct {
	const char *key;
	enum sshd_kind kind;
	const char *name; /* what it is called today; NULL: so */
} keywords[] = {
	{"acceptenv", SSHD_ADDS_UP, NULL},
	{"addressfamily", SSHD_WORD, NULL},
	{"allowagentforwarding", SSHD_WORD, NULL},
	{"allowgroups", SSHD_ADDS_UP, NULL},
	{"allowstreamlocalforwarding", SSHD_WORD, NULL},
	{"allowtcpforwarding", SSHD_WORD, NULL},
	{"allowusers", SSHD_ADDS_UP, NULL},
	{"authorizedkeysfile", SSHD_WORDS, NULL},
	{"authenticationmethods", SSHD_TEXT, NULL},
	{"casignaturealgorithms", SSHD_COMMAS, NULL},
	{"challengeresponseauthentication", SSHD_WORD, "kbdinteractiveauthentication"},
	{"ciphers", SSHD_COMMAS, NULL},
	{"clientaliveinterval", SSHD_SPAN, NULL},
	{"compression", SSHD_WORD, NULL},
	{"denygroups", SSHD_ADDS_UP, NULL},
	{"denyusers", SSHD_ADDS_UP, NULL},
	{"disableforwarding", SSHD_WORD, NULL},
	{"exposeauthinfo", SSHD_WORD, NULL},
	{"fingerprinthash", SSHD_WORD, NULL},
	{"gatewayports", SSHD_WORD, NULL},
	{"gssapiauthentication", SSHD_WORD, NULL},
	{"gssapicleanupcredentials", SSHD_WORD, NULL},
	{"gssapikeyexchange", SSHD_WORD, NULL},
	{"gssapistrictacceptorcheck", SSHD_WORD, NULL},
	{"hostbasedacceptedalgorithms", SSHD_COMMAS, NULL},
	{"hostbasedacceptedkeytypes", SSHD_COMMAS, "hostbasedacceptedalgorithms"},
	{"hostbasedauthentication", SSHD_WORD, NULL},
	{"hostcertificate", SSHD_ADDS_UP, NULL},
	{"hostdsakey", SSHD_ADDS_UP, "hostkey"},
	{"hostkey", SSHD_ADDS_UP, NULL},
	{"hostkeyalgorithms", SSHD_COMMAS, NULL},
	{"ignorerhosts", SSHD_WORD, NULL},
	{"ignoreuserknownhosts", SSHD_WORD, NULL},
	{"kbdinteractiveauthentication", SSHD_WORD, NULL},
	{"keepalive", SSHD_WORD, "tcpkeepalive"},
	{"kerberosauthentication", SSHD_WORD, NULL},
	{"kerberosorlocalpasswd", SSHD_WORD, NULL},
	{"kerberosticketcleanup", SSHD_WORD, NULL},
	{"kexalgorithms", SSHD_COMMAS, NULL},
	{"listenaddress", SSHD_ADDS_UP, NULL},
	{"logingracetime", SSHD_SPAN, NULL},
	{"loglevel", SSHD_WORD, NULL},
	{"macs", SSHD_COMMAS, NULL},
	{"passwordauthentication", SSHD_WORD, NULL},
	{"permitemptypasswords", SSHD_WORD, NULL},
	{"permitlisten", SSHD_WORDS, NULL},
	{"permitopen", SSHD_WORDS, NULL},
	{"permitrootlogin", SSHD_WORD, NULL},
	{"permittty", SSHD_WORD, NULL},
	{"permittunnel", SSHD_WORD, NULL},
	{"permituserrc", SSHD_WORD, NULL},
	{"permituserenvironment", SSHD_WORD, NULL},
	{"port", SSHD_ADDS_UP, NULL},
	{"printlastlog", SSHD_WORD, NULL},
	{"printmotd", SSHD_WORD, NULL},
	{"pubkeyacceptedalgorithms", SSHD_COMMAS, NULL},
	{"pubkeyacceptedkeytypes", SSHD_COMMAS, "pubkeyacceptedalgorithms"},
	{"pubkeyauthentication", SSHD_WORD, NULL},
	{"setenv", SSHD_ADDS_UP, NULL},
	{"skeyauthentication", SSHD_WORD, "kbdinteractiveauthentication"},
	{"streamlocalbindunlink", SSHD_WORD, NULL},
	{"strictmodes", SSHD_WORD, NULL},
	{"subsystem", SSHD_ADDS_UP, NULL},
	{"syslogfacility", SSHD_WORD, NULL},
	{"tcpkeepalive", SSHD_WORD, NULL},
	{"usedns", SSHD_WORD, NULL},
	{"usepam", SSHD_WORD, NULL},
	{"x11forwarding", SSHD_WORD, NULL},
	{"x11uselocalhost", SSHD_WORD, NULL},
};

enum sshd_kind sshd_kind(struct text key)
{
	for (size_t i = 0; i < array_len(keywords); i++)
		if (text_is_alike(key, text_of(keywords[i].key)))
			return keywords[i].kind;
	return SSHD_TEXT;
}

/* The keyword's name today. */
static struct text modern_name(struct text key)
{
	for (size_t i = 0; i < array_len(keywords); i++)
		if (keywords[i].name && text_is_alike(key, text_of(keywords[i].key)))
			return text_of(keywords[i].name);
	return key;
}

bool sshd_read_span(struct text text, int64_t *span_us)
{
	int64_t total = 0, part;
	while (text.len > 0) {
		size_t len = 0;
		while (len < text.len && text.at[len] >= '0' && text.at[len] <= '9')
			len++;
		len += len < text.len;
		char unit = text.at[len - 1];
		if (!strchr("0123456789smhdwSMHDW", unit))
			return false;
		char lower[24];
		if (len >= sizeof(lower))
			return false;
		memcpy(lower, text.at, len);
		lower[len - 1] = (char)(unit >= 'A' && unit <= 'Z' ? unit + 32 : unit);
		if (!time_read_span((struct text){lower, len}, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return false;
		text = (struct text){text.at + len, text.len - len};
	}
	*span_us = total;
	return true;
}

struct reading {
	struct gather *gather;
	struct settings *settings;
	struct text key; /* its name today */
	const struct sshd_connection *connection;
	bool adds_up;
	sshd_line_fn each; /* NULL: only the key is looked for */
	void *data;
	bool matched; /* of the second reading */
	struct err *err;
};

struct place {
	struct text path, line;
	uint64_t number;
	bool active;     /* what stands here is in force */
	bool match_only; /* nothing is, before the first Match */
	bool never;      /* included from a Match block that does not hold: no Match here does */
	int depth;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct text skip_space(struct text text)
{
	while (text.len > 0 && is_space(text.at[0]))
		text = (struct text){text.at + 1, text.len - 1};
	return text;
}

/* sshd's strdelim: a word up to white space or one '=', or between double quotes. */
static struct text cut_word(struct text *rest)
{
	struct text word = skip_space(*rest);
	size_t len = 0, skip = 0;
	if (word.len > 0 && word.at[0] == '"') {
		word = (struct text){word.at + 1, word.len - 1};
		while (len < word.len && word.at[len] != '"')
			len++;
		skip = len < word.len;
	} else {
		while (len < word.len && !is_space(word.at[len]) && word.at[len] != '=' &&
		       word.at[len] != '"')
			len++;
	}
	struct text after = skip_space((struct text){word.at + len + skip, word.len - len - skip});
	if (after.len > 0 && after.at[0] == '=')
		after = skip_space((struct text){after.at + 1, after.len - 1});
	*rest = after;
	return (struct text){word.at, len};
}

/* What a backslash takes away the meaning of. */
static bool is_escaped(struct text rest, char quote)
{
	if (rest.len < 2 || rest.at[0] != '\\')
		return false;
	return strchr("'\"\\", rest.at[1]) != NULL ? rest.at[1] != '\0'
						   : rest.at[1] == ' ' && quote == 0;
}

/* One word of sshd's argv_split, into out; false: a quote has no end. */
static bool split_word(struct text *rest, struct buf *out)
{
	char quote = 0;
	while (rest->len > 0) {
		char c = rest->at[0];
		size_t len = 1;
		if (is_escaped(*rest, quote)) {
			buf_char(out, rest->at[1]);
			len = 2;
		} else if (quote == 0 && is_space(c)) {
			break;
		} else if (quote == 0 ? c == '"' || c == '\'' : c == quote) {
			quote = quote == 0 ? c : '\0';
		} else {
			buf_char(out, c);
		}
		*rest = (struct text){rest->at + len, rest->len - len};
	}
	return quote == 0;
}

struct words {
	struct text *at;
	size_t room, count;
};

static bool split_words(struct arena *arena, struct text rest, struct words *words, struct err *err)
{
	if (rest.len > SETTING_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "a line longer than %u bytes", SETTING_BYTES_MAX);
	for (rest = skip_space(rest); rest.len > 0 && rest.at[0] != '#'; rest = skip_space(rest)) {
		scoped(buf_end) struct buf word = {0};
		if (words->count == SETTING_WORDS_MAX)
			return err_set(err, ERR_LIMIT, "more than %d words", SETTING_WORDS_MAX);
		if (!split_word(&rest, &word))
			return err_set(err, ERR_INPUT,
				       "a quote has no end: sshd does not start so");
		words->at = arena_grow(arena, words->at, &words->room, words->count + 1,
				       sizeof(*words->at));
		words->at[words->count++] = arena_text(arena, buf_view(&word));
	}
	return true;
}

static struct text known_of(const struct sshd_connection *connection, struct text criterion)
{
	for (size_t i = 0; i < connection->count; i++)
		if (text_is_alike(connection->keys[i], criterion))
			return connection->values[i];
	return (struct text){0};
}

static bool is_one_match(struct text criterion, struct text pattern, struct text value)
{
	struct address address, network;
	if (text_is_alike(criterion, TEXT("address")) ||
	    text_is_alike(criterion, TEXT("localaddress")))
		if (quantity_read_address(value, &address) &&
		    quantity_read_address(pattern, &network))
			return quantity_is_within(&address, &network);
	return quantity_is_wild_match(pattern, value, text_is_alike(criterion, TEXT("host")));
}

/* A list of patterns: one must match, none with '!' in front may. */
static bool is_list_match(struct text criterion, struct text patterns, struct text value)
{
	bool matched = false;
	struct text pattern;
	while (text_next(&patterns, ',', &pattern)) {
		bool negated = pattern.len > 0 && pattern.at[0] == '!';
		struct text bare = {pattern.at + negated, pattern.len - negated};
		if (!is_one_match(criterion, bare, value))
			continue;
		if (negated)
			return false;
		matched = true;
	}
	return matched;
}

/* Several groups, as a user may be in: none may match a pattern with '!', one must match another.
 */
static bool is_group_match(struct text patterns, struct text groups)
{
	bool matched = false;
	struct text group, pattern;
	while (text_next(&groups, ',', &group)) {
		struct text rest = patterns;
		while (text_next(&rest, ',', &pattern))
			if (pattern.len > 1 && pattern.at[0] == '!' &&
			    quantity_is_wild_match((struct text){pattern.at + 1, pattern.len - 1},
						   text_trim(group), false))
				return false;
		matched |= is_list_match(TEXT("group"), patterns, text_trim(group));
	}
	return matched;
}

/* Whether a Match line holds for the connection (NULL: only `all` does). */
static bool is_match(const struct reading *reading, struct text rest)
{
	bool matched = true, any = false;
	for (rest = skip_space(rest); rest.len > 0 && rest.at[0] != '#';) {
		struct text criterion = cut_word(&rest);
		if (text_is_alike(criterion, TEXT("all")))
			return !any;
		struct text patterns = cut_word(&rest);
		any = true;
		struct text value = {0};
		if (reading->connection)
			value = known_of(reading->connection, criterion);
		if (!value.at)
			matched = false;
		else if (text_is_alike(criterion, TEXT("group")))
			matched = matched && is_group_match(patterns, value);
		else
			matched = matched && is_list_match(criterion, patterns, value);
	}
	return matched && any;
}

static bool read_file(struct reading *reading, struct text path, struct place *from, int depth);

static bool include(struct reading *reading, struct place *place, const struct words *patterns)
{
	struct arena *arena = gather_arena(reading->gather);
	for (size_t i = 0; i < patterns->count; i++) {
		struct text pattern = patterns->at[i];
		const struct text *paths;
		size_t count;
		if (pattern.len == 0 || pattern.at[0] != '/')
			pattern = text_of(arena_print(arena, "/etc/ssh/%.*s", TEXT_ARG(pattern)));
		if (!setting_count_file(reading->settings, reading->err))
			return false;
		if (place->depth >= SSHD_DEPTH_MAX)
			return err_set(reading->err, ERR_LIMIT,
				       "Include goes deeper than %d files: sshd does not start so",
				       SSHD_DEPTH_MAX);
		if (!gather_glob(reading->gather, pattern, &paths, &count, reading->err))
			return false;
		for (size_t j = 0; j < count; j++) {
			struct place inner = {.active = place->active,
					      .match_only = place->match_only,
					      .never = !place->match_only && !place->active};
			if (!read_file(reading, paths[j], &inner, place->depth + 1))
				return false;
		}
	}
	return true;
}

static bool take_setting(struct reading *reading, const struct place *place,
			 const struct words *words)
{
	if (words->count == 0)
		return err_set(reading->err, ERR_INPUT,
			       "a value is missing: sshd does not start so");
	if (reading->settings->count > 0 && !reading->adds_up)
		return true; /* the first wins */
	scoped(buf_end) struct buf value = {0};
	for (size_t i = 0; i < words->count; i++) {
		buf_cstr(&value, i > 0 ? " " : "");
		buf_text(&value, words->at[i]);
	}
	struct setting setting = {
		.value = buf_view(&value),
		.words = words->at,
		.word_count = words->count,
		.where = {place->path, place->number, place->line},
	};
	return setting_add(reading->settings, reading->gather, &setting, reading->err);
}

static bool tell_line(struct reading *reading, const struct place *place, struct text keyword,
		      struct text rest)
{
	struct err err = {0};
	struct words words = {0};
	bool split = split_words(gather_arena(reading->gather), rest, &words, &err);
	if (!split && err.kind != ERR_INPUT)
		return err_set(reading->err, err.kind, "%s", err.text);
	static const struct text none = {"", 0};
	struct sshd_line line = {
		.path = place->path,
		.keyword = keyword,
		.rest = rest,
		.number = place->number,
		.words = !split     ? NULL
			 : words.at ? words.at
				    : &none,
		.word_count = words.count,
		.active = place->active,
		.matched = reading->matched,
	};
	return reading->each(reading->data, &line);
}

static bool read_match(struct reading *reading, struct place *place, struct text keyword,
		       struct text rest)
{
	struct place asked = *place;
	asked.active = !place->never;
	if (reading->each && !tell_line(reading, &asked, keyword, rest))
		return false;
	place->active = !place->never && is_match(reading, rest);
	place->match_only = false;
	return true;
}

/* Whether it is the setting that is looked for, and not decided yet: the first wins. */
static bool is_sought(const struct reading *reading, const struct place *place, struct text keyword)
{
	bool decided = reading->settings->count > 0 && !reading->adds_up;
	return !decided && place->active && text_is_alike(modern_name(keyword), reading->key);
}

static bool read_line(struct reading *reading, struct place *place)
{
	struct text rest = place->line;
	struct words words = {0};
	if (rest.len == 0 || rest.at[0] == '#')
		return true;
	struct text keyword = cut_word(&rest);
	if (text_is_alike(keyword, TEXT("match")))
		return read_match(reading, place, keyword, rest);
	bool included = text_is_alike(keyword, TEXT("include"));
	if (reading->each && !included)
		return tell_line(reading, place, keyword, rest);
	if (!included && !is_sought(reading, place, keyword))
		return true;
	return split_words(gather_arena(reading->gather), rest, &words, reading->err) &&
	       (included ? include(reading, place, &words) : take_setting(reading, place, &words));
}

/* Recursion through Include ends at SSHD_DEPTH_MAX. */
static bool read_file(struct reading *reading, struct text path, struct place *from, int depth)
{
	struct text content, line;
	struct place place = *from;
	place.path = path;
	place.depth = depth;
	if (!setting_read(reading->settings, reading->gather, path, &content, reading->err))
		return false;
	while (content.at && text_next(&content, '\n', &line)) {
		place.number++;
		place.line = text_trim(line);
		if (!read_line(reading, &place))
			return reading->err->kind != ERR_NONE &&
			       err_add(reading->err, "%.*s:%zu", TEXT_ARG(path),
				       (size_t)place.number);
	}
	return true;
}

bool sshd_read(struct gather *gather, struct text path, struct text key,
	       const struct sshd_connection *connection, struct settings *settings, struct err *err)
{
	struct reading reading = {
		.gather = gather,
		.settings = settings,
		.key = modern_name(key),
		.adds_up = sshd_kind(key) == SSHD_ADDS_UP,
		.err = err,
	};
	/* sshd reads again for each connection, with only Match blocks in force; what they say goes
	 * before all else, and `Match all` holds for every connection. */
	struct place top = {.match_only = true};
	reading.connection = connection;
	if (!read_file(&reading, path, &top, 0))
		return false;
	if (settings->count > 0)
		return true;
	top = (struct place){.active = true};
	reading.connection = NULL;
	settings->files = 0;
	return read_file(&reading, path, &top, 0);
}

bool sshd_each_line(struct gather *gather, struct text path,
		    const struct sshd_connection *connection, sshd_line_fn each, void *data,
		    struct err *err)
{
	struct settings settings = {0};
	struct reading reading = {
		.gather = gather, .settings = &settings, .each = each, .data = data, .err = err};
	struct place top = {.active = true};
	if (!read_file(&reading, path, &top, 0))
		return false;
	top = (struct place){.match_only = true};
	reading.connection = connection;
	reading.matched = true;
	settings.files = 0;
	return read_file(&reading, path, &top, 0);
}
