#include <fnmatch.h>
#include <string.h>

#include "assess/command/package/dpkgdb.h"
#include "assess/command/program.h"
#include "assess/command/table.h"

#define WIDTH_MAX 10000 /* of one column of a format */

enum option { OPTION_SHOW, OPTION_FORMAT, OPTION_STATUS, OPTION_LIST, OPTION_COUNT };

static const struct program_option options[] = {
	{'W', "show", false},
	{'f', "showformat", true},
	{'s', "status", false},
	{'l', "list", false},
};

struct query {
	const struct native_call *call;
	const struct program_args *args;
	const struct dpkgdb *db;
	struct buf out, err;
	int exit;
};

/* -------- names -------- */

static bool is_among(const char *set, char c)
{
	return c != '\0' && strchr(set, c);
}

static bool is_pattern(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (is_among("*?[\\", text.at[i]))
			return true;
	return false;
}

/* A word: NAME, NAME:ARCHITECTURE, either with wildcards. */
struct asked {
	struct text name, arch;
	bool any; /* architecture */
	bool name_pattern, arch_pattern, found;
};

static struct asked asked_by(struct text word)
{
	struct asked asked = {.arch = word};
	bool named = text_next(&asked.arch, ':', &asked.name);
	asked.any = !named || asked.name.len == word.len;
	asked.name_pattern = is_pattern(asked.name);
	asked.arch_pattern = is_pattern(asked.arch);
	return asked;
}

static bool is_match(struct query *query, struct text word, bool pattern, struct text text)
{
	struct arena *arena = gather_arena(query->call->gather);
	if (!pattern)
		return text_is_equal(word, text);
	return fnmatch(arena_copy(arena, word.at, word.len), arena_copy(arena, text.at, text.len),
		       0) == 0;
}

static bool is_asked(struct query *query, const struct asked *asked,
		     const struct dpkgdb_package *package)
{
	return is_match(query, asked->name, asked->name_pattern, package->name) &&
	       (asked->any || (package->arch.len > 0 &&
			       is_match(query, asked->arch, asked->arch_pattern, package->arch)));
}

/* Each package of the words once, in the database's order; all without words. */
static void each_asked(struct query *query,
		       void (*each)(struct query *query, const struct dpkgdb_package *package))
{
	const struct program_args *args = query->args;
	scoped(mem_free) struct asked *words = mem_new(args->word_count, sizeof(*words));
	for (size_t j = 0; j < args->word_count; j++)
		words[j] = asked_by(args->words[j]);
	for (size_t i = 0; i < query->db->count; i++) {
		const struct dpkgdb_package *package = &query->db->at[i];
		bool asked = args->word_count == 0 && dpkgdb_is_installed(package);
		for (size_t j = 0; j < args->word_count; j++)
			if (is_asked(query, &words[j], package))
				asked = words[j].found = true;
		if (asked)
			each(query, package);
	}
	for (size_t j = 0; j < args->word_count; j++)
		if (!words[j].found) {
			buf_print(&query->err, "dpkg-query: no packages found matching %.*s\n",
				  TEXT_ARG(args->words[j]));
			query->exit = 1;
		}
}

/* -------- -W -------- */

static char letter_of(struct text word, const char *const *words, const char *letters)
{
	for (size_t i = 0; words[i]; i++)
		if (text_is(word, words[i]))
			return letters[i];
	return ' ';
}

static void add_letters(const struct dpkgdb_package *package, struct buf *out)
{
	static const char *const wants[] = {"unknown",   "install", "hold",
					    "deinstall", "purge",   NULL};
	static const char *const states[] = {
		"not-installed",    "config-files",    "half-installed",
		"unpacked",         "half-configured", "triggers-awaited",
		"triggers-pending", "installed",       NULL};
	buf_char(out, letter_of(package->want, wants, "uihrp"));
	buf_char(out, letter_of(package->state, states, "ncHUFWti"));
	buf_char(out, text_is(package->flag, "reinstreq") ? 'R' : ' ');
}

static struct text first_line(struct text text)
{
	struct text line = {0};
	return text_next(&text, '\n', &line) ? line : text;
}

/* What is made from more than one field of the stanza. */
static void add_made(const struct dpkgdb_package *package, struct text name, struct buf *out)
{
	struct text source = dpkgdb_field(package, TEXT("Source")), word = {0}, rest = source, in;
	if (text_is(name, "binary:Package")) {
		dpkgdb_show_name(package, out);
	} else if (text_is(name, "db:Status-Abbrev")) {
		add_letters(package, out);
	} else if (text_is(name, "binary:Summary") || text_is(name, "binary:Synopsis")) {
		buf_text(out, first_line(dpkgdb_field(package, TEXT("Description"))));
	} else if (text_is(name, "source:Package")) {
		buf_text(out, text_word(&rest, &word) ? word : package->name);
	} else if (text_is(name, "source:Version")) {
		bool said = text_word(&rest, &word) && text_word(&rest, &in) && in.len > 2;
		buf_text(out, said ? (struct text){in.at + 1, in.len - 2} : package->version);
	}
}

static void add_field(const struct dpkgdb_package *package, struct text name, struct buf *out)
{
	if (text_is(name, "db:Status-Want"))
		buf_text(out, package->want);
	else if (text_is(name, "db:Status-Status"))
		buf_text(out, package->state);
	else if (text_is(name, "db:Status-Eflag"))
		buf_text(out, package->flag);
	else if (text_is_alike(name, TEXT("Package")))
		buf_text(out, package->name);
	else if (text_is_alike(name, TEXT("Version")))
		buf_text(out, package->version);
	else if (text_is_alike(name, TEXT("Status")))
		buf_print(out, "%.*s %.*s %.*s", TEXT_ARG(package->want), TEXT_ARG(package->flag),
			  TEXT_ARG(package->state));
	else if (memchr(name.at, ':', name.len))
		add_made(package, name, out);
	else {
		struct text value = dpkgdb_field(package, name);
		bool below = value.len > 0 && value.at[0] == '\n';
		if (value.len > 0)
			buf_text(out, (struct text){value.at + below, value.len - below});
	}
}

/* "NAME" or "NAME;WIDTH": to the right, cut; a width below 0: to the left. */
static bool add_column(const struct dpkgdb_package *package, struct text inner, struct buf *out)
{
	scoped(buf_end) struct buf value = {0};
	struct text width = inner, name;
	int64_t columns = 0;
	if (!text_next(&width, ';', &name))
		return true;
	if (name.len < inner.len && !text_to_i64(width, -WIDTH_MAX, WIDTH_MAX, &columns))
		return false;
	add_field(package, name, &value);
	if (columns == 0)
		buf_text(out, buf_view(&value));
	else if (columns < 0)
		buf_print(out, "%-*.*s", (int)-columns, (int)-columns, value.at ? value.at : "");
	else
		buf_print(out, "%*.*s", (int)columns, (int)columns, value.at ? value.at : "");
	return true;
}

static char escaped(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

/* The format for one package; false: it is none that dpkg-query takes or we know. */
static bool add_formatted(struct text format, const struct dpkgdb_package *package, struct buf *out)
{
	for (size_t i = 0; i < format.len; i++) {
		char c = format.at[i];
		if (c == '\\' && i + 1 < format.len) {
			buf_char(out, escaped(format.at[++i]));
		} else if (c == '$' && i + 1 < format.len && format.at[i + 1] == '{') {
			struct text rest = {format.at + i + 2, format.len - i - 2}, inner = {0};
			const char *end = memchr(rest.at, '}', rest.len);
			if (end)
				inner = (struct text){rest.at, (size_t)(end - rest.at)};
			if (!end || !add_column(package, inner, out))
				return false;
			i += 2 + inner.len;
		} else {
			buf_char(out, c);
		}
	}
	return true;
}

static struct text format_of(const struct program_args *args)
{
	if (!args->given[OPTION_FORMAT])
		return TEXT("${binary:Package}\\t${Version}\\n");
	struct text format = args->values[OPTION_FORMAT];
	bool equals = format.len > 0 && format.at[0] == '=';
	return (struct text){format.at + equals, format.len - equals};
}

/* Only what add_field knows may stand in a format. */
static bool is_format(struct text format)
{
	static const char *const made[] = {"binary:Package", "binary:Summary",   "binary:Synopsis",
					   "source:Package", "source:Version",   "db:Status-Abbrev",
					   "db:Status-Want", "db:Status-Status", "db:Status-Eflag"};
	scoped(buf_end) struct buf out = {0};
	struct dpkgdb_package none = {.want = TEXT("unknown")};
	if (!add_formatted(format, &none, &out))
		return false;
	for (size_t at; text_find(format, TEXT("${"), &at);) {
		bool known = false;
		format = (struct text){format.at + at + 2, format.len - at - 2};
		size_t len = 0;
		while (len < format.len && !is_among(";}", format.at[len]))
			len++;
		struct text name = {format.at, len};
		for (size_t i = 0; i < array_len(made); i++)
			known |= text_is(name, made[i]);
		if (!known && (memchr(name.at, ':', name.len) || text_starts(name, "db-fsys")))
			return false;
	}
	return true;
}

static void show_one(struct query *query, const struct dpkgdb_package *package)
{
	bool shown = add_formatted(format_of(query->args), package, &query->out);
	must(shown);
}

/* -------- -s -------- */

/* The order in which dpkg writes fields; others follow in the file's. */
static const char *const order[] = {
	"Package",      "Essential",        "Protected",        "Status",      "Priority",
	"Section",      "Installed-Size",   "Origin",           "Maintainer",  "Bugs",
	"Architecture", "Multi-Arch",       "Source",           "Version",     "Config-Version",
	"Replaces",     "Provides",         "Depends",          "Pre-Depends", "Recommends",
	"Suggests",     "Breaks",           "Conflicts",        "Enhances",    "Conffiles",
	"Description",  "Triggers-Pending", "Triggers-Awaited",
};

static void add_line(struct buf *out, const char *name, struct text value)
{
	bool inner = value.len > 0 && value.at[0] == '\n';
	buf_print(out, "%s:%s%.*s\n", name, inner ? "" : " ", TEXT_ARG(value));
}

static bool has_order(struct text name)
{
	for (size_t i = 0; i < array_len(order); i++)
		if (text_is_alike(name, text_of(order[i])))
			return true;
	return false;
}

static void show_stanza(struct query *query, const struct dpkgdb_package *package)
{
	struct buf *out = &query->out;
	for (size_t i = 0; i < array_len(order); i++) {
		struct text value = dpkgdb_field(package, text_of(order[i]));
		if (strcmp(order[i], "Status") == 0)
			buf_print(out, "Status: %.*s %.*s %.*s\n", TEXT_ARG(package->want),
				  TEXT_ARG(package->flag), TEXT_ARG(package->state));
		else if (value.len > 0 &&
			 (strcmp(order[i], "Version") != 0 || package->version.len > 0))
			add_line(out, order[i], i == 0 ? package->name : value);
	}
	struct text rest = package->stanza, name, value;
	while (dpkgdb_next_field(&rest, &name, &value))
		if (!has_order(name))
			buf_print(out, "%.*s: %.*s\n", TEXT_ARG(name), TEXT_ARG(value));
}

static void show_stanza_apart(struct query *query, const struct dpkgdb_package *package)
{
	show_stanza(query, package);
	buf_char(&query->out, '\n');
}

/* False: ambiguous or no name at all; dpkg-query stops there. */
static bool show_status(struct query *query, struct text word, bool *missed)
{
	const struct dpkgdb_package *found = NULL;
	size_t count = 0;
	const struct asked asked = asked_by(word);
	for (size_t i = 0; i < query->db->count; i++)
		if (is_asked(query, &asked, &query->db->at[i]) && query->db->at[i].stanza.at) {
			found = &query->db->at[i];
			count++;
		}
	if (count > 1)
		return false;
	/* dpkg keeps what a stanza says of a package that isn't installed: section and such. */
	bool known = found &&
		     (dpkgdb_is_installed(found) || dpkgdb_field(found, TEXT("Section")).len > 0 ||
		      dpkgdb_field(found, TEXT("Priority")).len > 0);
	if (known) {
		show_stanza(query, found);
		return true;
	}
	buf_print(&query->err,
		  "dpkg-query: package '%.*s' is not installed and no information is available\n",
		  TEXT_ARG(word));
	*missed = true;
	return true;
}

/* A letter or digit, then letters, digits and -+._ */
static bool is_name(struct text word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			      (c >= '0' && c <= '9');
		if (!letter && (i == 0 || !is_among("-+._:", c)))
			return false;
	}
	return word.len > 0;
}

static bool show_all_status(struct query *query)
{
	bool missed = false;
	if (query->args->word_count == 0)
		each_asked(query, show_stanza_apart);
	for (size_t i = 0; i < query->args->word_count; i++) {
		bool last = i + 1 == query->args->word_count;
		if (!show_status(query, query->args->words[i], &missed))
			return false;
		if (!last)
			buf_char(&query->out, '\n');
	}
	if (missed) {
		buf_cstr(&query->err, "Use dpkg --info (= dpkg-deb --info) to examine archive "
				      "files.\n");
		query->exit = 1;
	}
	return true;
}

/* -------- -l -------- */

struct widths {
	size_t name, version, arch, description;
};

struct listing {
	struct query query; /* first: what `each` gets is this */
	const struct dpkgdb_package **at;
	size_t count, room;
};

static void keep_one(struct query *query, const struct dpkgdb_package *package)
{
	struct listing *listing = (struct listing *)query;
	listing->at = mem_grow(listing->at, &listing->room, listing->count + 1,
			       sizeof(*listing->at)); /* NOLINT(bugprone-sizeof-expression) */
	listing->at[listing->count++] = package;
}

struct columns {
	struct buf name;
	struct text version, arch, description;
};

static void fill_columns(const struct dpkgdb_package *package, struct columns *columns)
{
	buf_clear(&columns->name);
	dpkgdb_show_name(package, &columns->name);
	columns->version = package->version.len > 0 ? package->version : TEXT("<none>");
	columns->arch = package->arch.len > 0 ? package->arch : TEXT("<none>");
	columns->description = first_line(dpkgdb_field(package, TEXT("Description")));
	if (columns->description.len == 0)
		columns->description = TEXT("(no description available)");
}

static void widen(size_t *width, size_t len)
{
	*width = len > *width ? len : *width;
}

static void add_row(struct buf *out, const struct widths *widths, const struct columns *columns)
{
	buf_print(out, " %-*.*s %-*.*s %-*.*s %.*s\n", (int)widths->name, (int)columns->name.len,
		  columns->name.at, (int)widths->version, TEXT_ARG(columns->version),
		  (int)widths->arch, TEXT_ARG(columns->arch), TEXT_ARG(columns->description));
}

static void add_header(struct buf *out, const struct widths *widths)
{
	const size_t all[] = {widths->name, widths->version, widths->arch, widths->description};
	buf_cstr(out,
		 "Desired=Unknown/Install/Remove/Purge/Hold\n"
		 "| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n"
		 "|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n||/");
	struct columns columns = {.version = TEXT("Version"),
				  .arch = TEXT("Architecture"),
				  .description = TEXT("Description")};
	buf_cstr(&columns.name, "Name");
	add_row(out, widths, &columns);
	buf_end(&columns.name);
	buf_cstr(out, "+++");
	for (size_t i = 0; i < array_len(all); i++) {
		buf_char(out, '-');
		for (size_t j = 0; j < all[i]; j++)
			buf_char(out, '=');
	}
	buf_char(out, '\n');
}

static void show_list(struct listing *listing)
{
	struct widths widths = {14, 12, 12, 33};
	struct columns columns = {0};
	struct buf *out = &listing->query.out;
	each_asked(&listing->query, keep_one);
	for (size_t i = 0; i < listing->count; i++) {
		fill_columns(listing->at[i], &columns);
		widen(&widths.name, columns.name.len);
		widen(&widths.version, columns.version.len);
		widen(&widths.arch, columns.arch.len);
		widen(&widths.description, columns.description.len);
	}
	if (listing->count > 0)
		add_header(out, &widths);
	for (size_t i = 0; i < listing->count; i++) {
		fill_columns(listing->at[i], &columns);
		add_letters(listing->at[i], out);
		add_row(out, &widths, &columns);
	}
	buf_end(&columns.name);
	mem_free(&listing->at);
}

/* -------- rows -------- */

static bool is_understood(const struct native_call *call, struct program_args *args)
{
	if (!program_read_args(call, options, OPTION_COUNT, args))
		return false;
	unsigned actions = args->given[OPTION_SHOW] + args->given[OPTION_STATUS] +
			   args->given[OPTION_LIST];
	bool query = text_ends(call->argv[0], "dpkg-query");
	if (actions != 1 || (!query && args->given[OPTION_SHOW]))
		return false;
	for (size_t i = 0; i < args->word_count && args->given[OPTION_STATUS]; i++)
		if (!is_name(args->words[i]))
			return false;
	return is_format(format_of(args));
}

static bool answer_query(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	struct text why;
	if (!is_understood(call, &args))
		return false;
	if (!call->gather || !program_is_here(call, answer))
		return true;
	struct listing listing = {.query = {.call = call, .args = &args}};
	struct query *query = &listing.query;
	if (dpkgdb_read(call->gather, &query->db, &why) != GATHER_OK)
		return native_fail(answer, why);
	buf_text(&query->err, query->db->warnings);
	bool good = true;
	if (args.given[OPTION_STATUS])
		good = show_all_status(query);
	else if (args.given[OPTION_LIST])
		show_list(&listing);
	else
		each_asked(query, show_one);
	if (good)
		program_end(call, answer, &query->out, &query->err, query->exit);
	else
		native_fail(answer, TEXT("the package is there for several architectures: say "
					 "which, as in NAME:amd64"));
	buf_end(&query->out);
	buf_end(&query->err);
	return true;
}

const struct native native_dpkg = {
	.program = "dpkg",
	.forms = "-s NAME…; -l [PATTERN…]",
	.reads = "/var/lib/dpkg/status",
	.prints = "what dpkg-query prints",
	.answer = answer_query,
};

const struct native native_dpkg_query = {
	.program = "dpkg-query",
	.forms = "-W [-f FORMAT] [PATTERN…]; -s NAME…; -l [PATTERN…]",
	.reads = "/var/lib/dpkg/status",
	.prints = "the packages by the format, their stanzas, or the list with its letters; "
		  "without one, that no package matches",
	.answer = answer_query,
};
