#include "assess/probe/answer.h"
#include "assess/probe/dpkg.h"
#include "assess/probe/table.h"
#include "format/quantity.h"

enum field {
	FIELD_INSTALLED,
	FIELD_VERSION,
	FIELD_HELD,
	FIELD_STATE,
	FIELD_ARCHITECTURE,
	FIELD_NAME,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"installed", "whether files of it are there", "true", .type = VALUE_BOOL},
	{"version", "the version, compared as dpkg does", "1:9.2p1-2+deb12u3",
	 .type = VALUE_VERSION, .subject = true},
	{"held", "whether it is kept from upgrades", "false", .type = VALUE_BOOL},
	{"state", "dpkg's word: installed, config-files, half-configured …", "installed",
	 .type = VALUE_TEXT},
	{"architecture", "what it was built for", "amd64", .type = VALUE_TEXT},
	{"name", "its name", "openssh-server", .type = VALUE_TEXT},
};

static bool check(const struct probe_call *call, struct err *err)
{
	struct text word, rest = call->subject;
	if (text_word(&rest, &word) && word.len == call->subject.len)
		return true;
	return err_set(err, ERR_INPUT, "give the name of a package, as in openssh-server");
}

/* `name`, `name:architecture`, both with wildcards. */
static bool is_meant(struct text pattern, const struct dpkg_package *package)
{
	struct text rest = pattern, name;
	if (!text_next(&rest, ':', &name) || name.len == pattern.len)
		return quantity_is_wild_match(pattern, package->name, false);
	return quantity_is_wild_match(name, package->name, false) &&
	       quantity_is_wild_match(rest, package->architecture, false);
}

static bool add_package(struct rows *rows, const struct dpkg_package *package)
{
	struct text seen = print_text(rows->gather, "%.*s %.*s: %.*s", TEXT_ARG(package->name),
				      TEXT_ARG(package->version), TEXT_ARG(package->state));
	struct value *values = rows_add(rows,
					(struct evidence){package->path, package->line, seen});
	if (!values)
		return false;
	values[FIELD_INSTALLED] = value_bool(dpkg_is_installed(package));
	if (dpkg_is_installed(package))
		values[FIELD_VERSION] = value_text(VALUE_VERSION, package->version);
	values[FIELD_HELD] = value_bool(text_is(package->want, "hold"));
	values[FIELD_STATE] = value_text(VALUE_TEXT, package->state);
	values[FIELD_ARCHITECTURE] = value_text(VALUE_TEXT, package->architecture);
	values[FIELD_NAME] = value_text(VALUE_TEXT, package->name);
	return true;
}

/* Installed ones alone where there are any: what is left of removed ones says nothing then. */
static bool add_all(struct rows *rows, const struct dpkg_packages *packages, bool installed)
{
	for (size_t i = 0; i < packages->count; i++) {
		const struct dpkg_package *package = &packages->at[i];
		if (dpkg_is_installed(package) == installed &&
		    is_meant(rows->call->subject, package) && !add_package(rows, package))
			return false;
	}
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	const struct dpkg_packages *packages;
	struct text why;
	enum gather_answer read = dpkg_read(gather, &packages, &why);
	if (read == GATHER_MISSING)
		answer_skip(
			gather, answer,
			TEXT("no package database that is known: /var/lib/dpkg/status is missing"));
	if (read == GATHER_FAILED)
		answer_fail(gather, answer, why);
	if (read != GATHER_OK)
		return;
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	if (!add_all(&rows, packages, true) ||
	    (rows.count == 0 && !add_all(&rows, packages, false)))
		return;
	if (rows.count == 0) {
		struct value *values = rows_add(
			&rows, (struct evidence){.path = TEXT("/var/lib/dpkg/status")});
		if (!values)
			return;
		values[FIELD_INSTALLED] = value_bool(false);
		values[FIELD_HELD] = value_bool(false);
		values[FIELD_STATE] = value_text(VALUE_TEXT, TEXT("not-installed"));
		values[FIELD_NAME] = value_text(VALUE_TEXT, call->subject);
	}
	rows_give(&rows);
}

const struct probe probe_package = {
	.name = "package",
	.help = "a package of the distribution: whether it is installed, and in which version",
	.subject_help = "its name, or name:architecture; * and ? mean each that matches",
	.subject_example = "openssh-server",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.reads = "/var/lib/dpkg/status, or /var/lib/dpkg/status.d",
	.privilege = "none",
	.cost = "the database is read once for all packages: a few milliseconds",
	.check = check,
	.run = run,
};
