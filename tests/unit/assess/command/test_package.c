#include "told.h"

#define QUERY                         \
	{"/usr/bin/dpkg-query", "x"}, \
	{                             \
		"/usr/bin/dpkg", "x"  \
	}
#define STATUS "/var/lib/dpkg/status"

static const char status[] = "Package: foo\nStatus: deinstall ok config-files\nVersion: 1\n"
			     "Architecture: amd64\nMaintainer: a\nDescription: d\n\n"
			     "Package: lib\nStatus: install ok installed\nPriority: optional\n"
			     "Architecture: amd64\nMulti-Arch: same\nMaintainer: a\nVersion: 2\n"
			     "Depends: foo:any (>= 2) | bar, baz\nDescription: of it\n more\n"
			     "Homepage: http://x\nSection: s\n";

test(shows_packages_as_dpkg_query_does)
{
	static const struct told_file files[] = {QUERY, {STATUS, status}, {NULL, NULL}};
	static const struct told_case cases[] = {
		{"dpkg-query -W", "foo\t1\nlib:amd64\t2\n||0"},
		{"dpkg-query -W bar nope",
		 "bar\t\n|dpkg-query: no packages found matching nope\n|1"},
		{"dpkg-query -W -f ${Package}:${Status}\\\\n lib:amd64",
		 "lib:install ok installed\n||0"},
		/* what the quotes of a policy come to: see split.h */
		{"dpkg-query -W -f='${binary:Package}\\t${db:Status-Status}\\n' foo",
		 "'footconfig-filesn'||0"},
		{"dpkg-query -W -f ${db:Status-Abbrev}|${Version;4}|${Package;-4}| f*",
		 "rc |   1|foo |||0"},
		{"dpkg -s nope foo",
		 "\nPackage: foo\nStatus: deinstall ok config-files\nMaintainer: a\n"
		 "Architecture: amd64\nVersion: 1\nDescription: d\n|dpkg-query: package 'nope' is "
		 "not installed and no information is available\nUse dpkg --info (= dpkg-deb "
		 "--info) to examine archive files.\n|1"},
		{"dpkg-query -s lib",
		 "Package: lib\nStatus: install ok installed\nPriority: optional\nSection: s\n"
		 "Maintainer: a\nArchitecture: amd64\nMulti-Arch: same\nVersion: 2\n"
		 "Depends: foo:any (>= 2) | bar, baz\nDescription: of it\n more\n"
		 "Homepage: http://x\n||0"},
		{"dpkg -l foo",
		 "Desired=Unknown/Install/Remove/Purge/Hold\n"
		 "| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n"
		 "|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n"
		 "||/ Name           Version      Architecture Description\n"
		 "+++-==============-============-============-=================================\n"
		 "rc  foo            1            amd64        d\n||0"},
		{"dpkg -W", "unknown"},
		{"dpkg -i x.deb", "unknown"},
		{"dpkg-query -W -f ${db-fsys:Files}", "unknown"},
		{NULL, NULL}};
	told_all(files, false, cases);
}

test(says_what_dpkg_would_not_read)
{
	static const struct {
		const char *text, *says;
	} broken[] = {
		{"Package: a\nFoo\n", "error: /var/lib/dpkg/status:3: a field name must be "
				      "followed by a colon"},
		{" x: y\n", "error: /var/lib/dpkg/status:2: a field without a name"},
		{"Version: 1\n", "error: /var/lib/dpkg/status:2: missing 'Package' field"},
		{"Package: a\nStatus: x\n", "error: /var/lib/dpkg/status:3: a 'Status' field that "
					    "is none"},
		{"Package: a\nStatus: install ok installed\n",
		 "error: /var/lib/dpkg/status:3: missing 'Version' field"},
		{"", "||0"},
		{"\n\n\n", "||0"},
	};
	for (size_t i = 0; i < array_len(broken); i++) {
		const struct told_file files[] = {QUERY, {STATUS, broken[i].text}, {NULL, NULL}};
		struct told told = told_begin(files, false);
		assert_string_equal(told_line(&told, "dpkg-query -W"), broken[i].says);
		told_end(&told);
	}
}

test(warns_as_dpkg_does_of_fields_that_are_missing)
{
	static const struct told_file files[] = {
		QUERY,
		{STATUS, "Package: q\nStatus: install ok installed\nVersion: 1\n"},
		{NULL, NULL}};
	static const struct told_case cases[] = {
		{"dpkg-query -W q",
		 "q\t1\n|dpkg-query: warning: parsing file '/var/lib/dpkg/status' near line 4 "
		 "package 'q':\n missing 'Description' field\n"
		 "dpkg-query: warning: parsing file '/var/lib/dpkg/status' near line 4 package "
		 "'q':\n missing 'Maintainer' field\n"
		 "dpkg-query: warning: parsing file '/var/lib/dpkg/status' near line 4 package "
		 "'q':\n missing 'Architecture' field\n|0"},
		{NULL, NULL}};
	told_all(files, false, cases);
}

test(an_interrupted_dpkg_is_an_error)
{
	static const struct told_file files[] = {QUERY,
						 {STATUS, status},
						 {"/var/lib/dpkg/updates/0001", "Package: z\n"},
						 {NULL, NULL}};
	static const struct told_case cases[] = {
		{"dpkg-query -W", "error: /var/lib/dpkg/status:0: an interrupted dpkg left more in "
				  "/var/lib/dpkg/updates"},
		{NULL, NULL}};
	told_all(files, false, cases);
}

test(no_database_is_an_empty_one)
{
	static const struct told_file files[] = {QUERY, {NULL, NULL}};
	static const struct told_case cases[] = {
		{"dpkg-query -W bash", "|dpkg-query: no packages found matching bash\n|1"},
		{"/sbin/dpkg-query -W bash", "none: /sbin/dpkg-query is not installed"},
		{NULL, NULL}};
	told_all(files, false, cases);
}
