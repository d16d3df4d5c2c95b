#include "assess/probe/software/offer.h"
#include "assess/probe/software/rpm.h"
#include "assess/probe/table.h"

enum field {
	FIELD_NAME,
	FIELD_PACKAGE,
	FIELD_VERSION,
	FIELD_ARCH,
	FIELD_STATE,
	FIELD_INSTALLED,
	FIELD_HELD,
	FIELD_ORIGIN,
	FIELD_UPGRADABLE,
	FIELD_CANDIDATE,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"name", "its name", "openssh-server", .type = VALUE_TEXT},
	{"package", "the same, as events call it", "openssh-server", .type = VALUE_TEXT},
	{"version", "the version, compared as dpkg does", "1:9.2p1-2+deb12u3",
	 .type = VALUE_VERSION},
	{"arch", "what it was built for", "amd64", .type = VALUE_TEXT},
	{"state", "dpkg's word: installed, config-files, half-configured …", "installed",
	 .type = VALUE_TEXT},
	{"installed", "whether files of it are there", "true", .type = VALUE_BOOL},
	{"held", "whether it is kept from upgrades", "false", .type = VALUE_BOOL},
	{"origin", "whose list of packages has this version (Origin); nothing where none has it",
	 "Debian", .type = VALUE_TEXT, .costly = true},
	{"upgradable", "whether apt's lists have a newer version, which it would install", "false",
	 .type = VALUE_BOOL, .costly = true},
	{"candidate", "the version that apt would install", "1:9.2p1-2+deb12u3",
	 .type = VALUE_VERSION, .costly = true},
};

static bool add_package(struct rows *rows, const struct dpkg_packages *packages, size_t number)
{
	const struct dpkg_package *package = &packages->at[number];
	struct text seen = print_text(rows->gather, "%.*s %.*s: %.*s", TEXT_ARG(package->name),
				      TEXT_ARG(package->version), TEXT_ARG(package->state));
	struct value *values = rows_add(rows,
					(struct evidence){package->path, package->line, seen});
	if (!values)
		return false;
	values[FIELD_NAME] = values[FIELD_PACKAGE] = value_text(VALUE_TEXT, package->name);
	values[FIELD_VERSION] = value_text(VALUE_VERSION, package->version);
	values[FIELD_ARCH] = value_text(VALUE_TEXT, package->architecture);
	values[FIELD_STATE] = value_text(VALUE_TEXT, package->state);
	values[FIELD_INSTALLED] = value_bool(dpkg_is_installed(package));
	values[FIELD_HELD] = value_bool(text_is(package->want, "hold"));
	const struct package_offer offer = {values, FIELD_ORIGIN, FIELD_UPGRADABLE,
					    FIELD_CANDIDATE};
	return package_put_offer(rows, packages, number, &offer);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	const struct dpkg_packages *packages;
	if (!package_read(&rows, &packages))
		return;
	for (size_t i = 0; i < packages->count; i++)
		if (!add_package(&rows, packages, i))
			return;
	rows_give(&rows);
}

const struct probe probe_packages = {
	.name = "packages",
	.help = "the packages of the distribution, also removed ones whose settings stayed",
	.subject_help = "a query over the packages",
	.subject_example = "installed:true and name:*telnet*",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.prepare = rpm_prepare,
	.reads = "/var/lib/dpkg/status, or /var/lib/dpkg/status.d, or rpm's rpmdb.sqlite; for "
		 "origin, upgradable and candidate /var/lib/apt/lists, /etc/apt/preferences and "
		 "apt.conf",
	.privilege = "none",
	.cost = "the database is read once for all: a few milliseconds; apt's lists too: tens "
		"of milliseconds",
	.run = run,
};
