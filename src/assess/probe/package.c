#include "assess/probe/answer.h"
#include "assess/probe/software/offer.h"
#include "assess/probe/software/rpm.h"
#include "assess/probe/table.h"
#include "format/quantity.h"

enum field {
	FIELD_INSTALLED,
	FIELD_VERSION,
	FIELD_HELD,
	FIELD_STATE,
	FIELD_ARCHITECTURE,
	FIELD_NAME,
	FIELD_ORIGIN,
	FIELD_UPGRADABLE,
	FIELD_CANDIDATE,
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
	{"origin", "whose list of packages has this version (Origin); nothing where none has it",
	 "Debian", .type = VALUE_TEXT, .costly = true},
	{"upgradable", "whether apt's lists have a newer version, which it would install", "false",
	 .type = VALUE_BOOL, .costly = true},
	{"candidate", "the version that apt would install", "1:9.2p1-2+deb12u3",
	 .type = VALUE_VERSION, .costly = true},
};

static bool check(const struct probe_call *call, struct err *err)
{
	struct text word, rest = call->subject;
	if (text_word(&rest, &word) && word.len == call->subject.len)
		return true;
	return err_set(err, ERR_INPUT, "give the name of a package, as in openssh-server");
}

/* `name`, `name:architecture`, both with wildcards. */
struct meant {
	struct text name, architecture;
	bool any_architecture;
};

static struct meant meant_by(struct text subject)
{
	struct meant meant = {.architecture = subject};
	bool named = text_next(&meant.architecture, ':', &meant.name);
	meant.any_architecture = !named || meant.name.len == subject.len;
	return meant;
}

static bool is_meant(const struct meant *meant, const struct dpkg_package *package)
{
	return quantity_is_wild_match(meant->name, package->name, false) &&
	       (meant->any_architecture ||
		quantity_is_wild_match(meant->architecture, package->architecture, false));
}

bool package_put_offer(struct rows *rows, const struct dpkg_packages *packages, size_t number,
		       const struct package_offer *offer)
{
	bool wants_origin = call_wants(rows->call, offer->origin);
	bool wants_choice = call_wants(rows->call, offer->upgradable) ||
			    call_wants(rows->call, offer->candidate);
	if ((!wants_origin && !wants_choice) || !dpkg_is_installed(&packages->at[number]))
		return true;
	const struct apt *apt = apt_read(rows->gather, packages);
	if (apt->answer != GATHER_OK)
		return answer_fail(rows->gather, rows->answer, apt->why);
	if (wants_choice && apt->pinned.at)
		return answer_fail(rows->gather, rows->answer, apt->pinned);
	const struct apt_offer *found = &apt->offers[number];
	offer->values[offer->origin] = value_text(VALUE_TEXT, found->origin);
	if (!wants_choice)
		return true;
	offer->values[offer->upgradable] = value_bool(found->upgradable);
	offer->values[offer->candidate] = value_text(VALUE_VERSION, found->candidate);
	return true;
}

bool package_read(struct rows *rows, const struct dpkg_packages **packages)
{
	static const char *const others[] = {"/lib/apk/db/installed", "/var/lib/pacman/local"};
	struct gather *gather = rows->gather;
	struct gather_stat stat;
	struct text why, no;
	enum gather_answer read = dpkg_read(gather, packages, &why);
	if (read == GATHER_MISSING)
		read = rpm_read(gather, packages, &why);
	if (read == GATHER_OK)
		return true;
	if (read == GATHER_FAILED)
		return answer_fail(gather, rows->answer, why);
	for (size_t i = 0; i < array_len(others); i++)
		if (gather_stat(gather, text_of(others[i]), true, &stat, &no) == GATHER_OK)
			return answer_skip(
				gather, rows->answer,
				print_text(gather,
					   "the package database in %s is not read: only "
					   "dpkg's and rpm's are, and neither is there",
					   others[i]));
	return answer_skip(
		gather, rows->answer,
		TEXT("no package database that is known: neither /var/lib/dpkg/status nor "
		     "/var/lib/rpm is there"));
}

static bool add_package(struct rows *rows, const struct dpkg_packages *packages, size_t number)
{
	const struct dpkg_package *package = &packages->at[number];
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
	const struct package_offer offer = {values, FIELD_ORIGIN, FIELD_UPGRADABLE,
					    FIELD_CANDIDATE};
	return package_put_offer(rows, packages, number, &offer);
}

/* Installed ones alone where there are any: what is left of removed ones says nothing then. */
static bool add_all(struct rows *rows, const struct dpkg_packages *packages, bool installed)
{
	const struct meant meant = meant_by(rows->call->subject);
	for (size_t i = 0; i < packages->count; i++) {
		const struct dpkg_package *package = &packages->at[i];
		if (is_meant(&meant, package) && dpkg_is_installed(package) == installed &&
		    !add_package(rows, packages, i))
			return false;
	}
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	const struct dpkg_packages *packages;
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	if (!package_read(&rows, &packages) || !add_all(&rows, packages, true) ||
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
		values[FIELD_UPGRADABLE] = value_bool(false);
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
	.prepare = rpm_prepare,
	.reads = "/var/lib/dpkg/status, or /var/lib/dpkg/status.d, or rpm's rpmdb.sqlite; for "
		 "origin, upgradable and candidate /var/lib/apt/lists, /etc/apt/preferences and "
		 "apt.conf",
	.privilege = "none",
	.cost = "the database is read once for all packages: a few milliseconds; apt's lists too: "
		"tens of milliseconds",
	.check = check,
	.run = run,
};
