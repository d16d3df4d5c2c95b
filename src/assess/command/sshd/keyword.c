#include "assess/command/sshd/keyword.h"

#define FLAG "yes no"
#define ROOT                                                                            \
	"without-password prohibit-password=without-password forced-commands-only yes " \
	"no"
#define DIGESTS "md5=MD5 sha1=SHA1 sha256=SHA256 sha384=SHA384 sha512=SHA512"
#define KEY_FILES ".ssh/authorized_keys .ssh/authorized_keys2"
#define INTERACTIVE "kbdinteractiveauthentication"
#define FORWARD "yes all=yes no remote local"

#define CIPHERS_ALL                                                                   \
	"3des-cbc,aes128-cbc,aes192-cbc,aes256-cbc,aes128-ctr,aes192-ctr,aes256-ctr," \
	"aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com"
#define CIPHERS                                                           \
	"chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr," \
	"aes128-gcm@openssh.com,aes256-gcm@openssh.com"
#define MACS_ALL                                                                              \
	"hmac-sha1,hmac-sha1-96,hmac-sha2-256,hmac-sha2-512,hmac-md5,hmac-md5-96,"            \
	"umac-64@openssh.com,umac-128@openssh.com,hmac-sha1-etm@openssh.com,"                 \
	"hmac-sha1-96-etm@openssh.com,hmac-sha2-256-etm@openssh.com,"                         \
	"hmac-sha2-512-etm@openssh.com,hmac-md5-etm@openssh.com,hmac-md5-96-etm@openssh.com," \
	"umac-64-etm@openssh.com,umac-128-etm@openssh.com"
#define MACS                                                                              \
	"umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com," \
	"hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,"    \
	"umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1"
#define KEX_ALL                                                                       \
	"diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,"                     \
	"diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,"                \
	"diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha1,"           \
	"diffie-hellman-group-exchange-sha256,ecdh-sha2-nistp256,ecdh-sha2-nistp384," \
	"ecdh-sha2-nistp521,curve25519-sha256,curve25519-sha256@libssh.org,"          \
	"sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com"
#define KEX                                                                            \
	"sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,curve25519-sha256," \
	"curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"          \
	"ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,"                     \
	"diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"                 \
	"diffie-hellman-group14-sha256"
#define KEYS_ALL                                                                            \
	"ssh-ed25519,ssh-ed25519-cert-v01@openssh.com,sk-ssh-ed25519@openssh.com,"          \
	"sk-ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256,"                          \
	"ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp384,"                     \
	"ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521,"                     \
	"ecdsa-sha2-nistp521-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,"      \
	"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"                                      \
	"webauthn-sk-ecdsa-sha2-nistp256@openssh.com,ssh-dss,ssh-dss-cert-v01@openssh.com," \
	"ssh-rsa,ssh-rsa-cert-v01@openssh.com,rsa-sha2-256,"                                \
	"rsa-sha2-256-cert-v01@openssh.com,rsa-sha2-512,rsa-sha2-512-cert-v01@openssh.com"
#define KEYS                                                                               \
	"ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"       \
	"ecdsa-sha2-nistp384-cert-v01@openssh.com,"                                        \
	"ecdsa-sha2-nistp521-cert-v01@openssh.com,"                                        \
	"sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com," \
	"rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,ssh-ed25519," \
	"ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"                     \
	"sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,"      \
	"rsa-sha2-256"
#define SIGNATURES_ALL                                                                    \
	"ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384," \
	"ecdsa-sha2-nistp521,sk-ecdsa-sha2-nistp256@openssh.com,"                         \
	"webauthn-sk-ecdsa-sha2-nistp256@openssh.com,ssh-dss,ssh-rsa,rsa-sha2-256,"       \
	"rsa-sha2-512"
#define SIGNATURES                                                                    \
	"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"    \
	"sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512," \
	"rsa-sha2-256"
#define GSSAPI                                                          \
	"gss-group14-sha256-,gss-group16-sha512-,gss-nistp256-sha256-," \
	"gss-curve25519-sha256-,gss-group14-sha1-,gss-gex-sha1-"
#define LEVELS                                                                        \
	"quiet=QUIET fatal=FATAL error=ERROR info=INFO verbose=VERBOSE debug=DEBUG1 " \
	"debug1=DEBUG1 debug2=DEBUG2 debug3=DEBUG3"
#define FACILITIES                                                                         \
	"daemon=DAEMON user=USER auth=AUTH authpriv=AUTHPRIV local0=LOCAL0 local1=LOCAL1 " \
	"local2=LOCAL2 local3=LOCAL3 local4=LOCAL4 local5=LOCAL5 local6=LOCAL6 local7=LOCAL7"

/* One a line. */
/* clang-format off */
const struct keyword keywords[] = {
	{"port", KEYWORD_PORT, false, "22", NULL},
	{"addressfamily", KEYWORD_CHOICE, false, "any", "inet inet6 any"},
	{"listenaddress", KEYWORD_LISTEN, false, NULL, NULL},
	{"usepam", KEYWORD_CHOICE, false, "no", FLAG},
	{"logingracetime", KEYWORD_SPAN, false, "120", NULL},
	{"x11displayoffset", KEYWORD_NUMBER, true, "10", NULL},
	{"maxauthtries", KEYWORD_NUMBER, true, "6", NULL},
	{"maxsessions", KEYWORD_NUMBER, true, "10", NULL},
	{"clientaliveinterval", KEYWORD_SPAN, true, "0", NULL},
	{"clientalivecountmax", KEYWORD_NUMBER, true, "3", NULL},
	{"requiredrsasize", KEYWORD_NUMBER, true, "1024", NULL},
	{"streamlocalbindmask", KEYWORD_OCTAL, true, "0177", NULL},
	{"unusedconnectiontimeout", KEYWORD_SPAN, true, "none", "none"},
	{"permitrootlogin", KEYWORD_CHOICE, true, "without-password", ROOT},
	{"ignorerhosts", KEYWORD_CHOICE, true, "yes", "yes no shosts-only"},
	{"ignoreuserknownhosts", KEYWORD_CHOICE, false, "no", FLAG},
	{"hostbasedauthentication", KEYWORD_CHOICE, true, "no", FLAG},
	{"hostbasedusesnamefrompacketonly", KEYWORD_CHOICE, true, "no", FLAG},
	{"pubkeyauthentication", KEYWORD_CHOICE, true, "yes", FLAG},
	{"kerberosauthentication", KEYWORD_CHOICE, true, "no", FLAG},
	{"kerberosorlocalpasswd", KEYWORD_CHOICE, false, "yes", FLAG},
	{"kerberosticketcleanup", KEYWORD_CHOICE, false, "yes", FLAG},
	{"gssapiauthentication", KEYWORD_CHOICE, true, "no", FLAG},
	{"gssapicleanupcredentials", KEYWORD_CHOICE, false, "yes", FLAG},
	{"gssapikeyexchange", KEYWORD_CHOICE, false, "no", FLAG},
	{"gssapistrictacceptorcheck", KEYWORD_CHOICE, false, "yes", FLAG},
	{"gssapistorecredentialsonrekey", KEYWORD_CHOICE, false, "no", FLAG},
	{"gssapikexalgorithms", KEYWORD_TEXT, false, GSSAPI, NULL},
	{"passwordauthentication", KEYWORD_CHOICE, true, "yes", FLAG},
	{"kbdinteractiveauthentication", KEYWORD_CHOICE, true, "yes", FLAG},
	{"printmotd", KEYWORD_CHOICE, false, "yes", FLAG},
	{"printlastlog", KEYWORD_CHOICE, false, "yes", FLAG},
	{"x11forwarding", KEYWORD_CHOICE, true, "no", FLAG},
	{"x11uselocalhost", KEYWORD_CHOICE, true, "yes", FLAG},
	{"permittty", KEYWORD_CHOICE, true, "yes", FLAG},
	{"permituserrc", KEYWORD_CHOICE, true, "yes", FLAG},
	{"strictmodes", KEYWORD_CHOICE, false, "yes", FLAG},
	{"tcpkeepalive", KEYWORD_CHOICE, false, "yes", FLAG},
	{"permitemptypasswords", KEYWORD_CHOICE, true, "no", FLAG},
	{"compression", KEYWORD_CHOICE, false, "yes", "yes delayed=yes no"},
	{"gatewayports", KEYWORD_CHOICE, true, "no", "clientspecified yes no"},
	{"usedns", KEYWORD_CHOICE, false, "no", FLAG},
	{"allowtcpforwarding", KEYWORD_CHOICE, true, "yes", FORWARD},
	{"allowagentforwarding", KEYWORD_CHOICE, true, "yes", FLAG},
	{"disableforwarding", KEYWORD_CHOICE, true, "no", FLAG},
	{"allowstreamlocalforwarding", KEYWORD_CHOICE, true, "yes", FORWARD},
	{"streamlocalbindunlink", KEYWORD_CHOICE, true, "no", FLAG},
	{"fingerprinthash", KEYWORD_CHOICE, false, "SHA256", DIGESTS},
	{"exposeauthinfo", KEYWORD_CHOICE, true, "no", FLAG},
	{"pidfile", KEYWORD_FILE, false, "/run/sshd.pid", NULL},
	{"modulifile", KEYWORD_FILE, false, "/etc/ssh/moduli", NULL},
	{"xauthlocation", KEYWORD_FILE, false, "/usr/bin/xauth", NULL},
	{"ciphers", KEYWORD_ALGOS, false, CIPHERS, CIPHERS_ALL},
	{"macs", KEYWORD_ALGOS, false, MACS, MACS_ALL},
	{"banner", KEYWORD_FILE, true, "none", NULL},
	{"forcecommand", KEYWORD_LINE, true, "none", NULL},
	{"chrootdirectory", KEYWORD_TEXT, true, "none", NULL},
	{"trustedusercakeys", KEYWORD_FILE, true, "none", NULL},
	{"revokedkeys", KEYWORD_FILE, true, "none", NULL},
	{"securitykeyprovider", KEYWORD_FILE, false, "internal", NULL},
	{"authorizedprincipalsfile", KEYWORD_TEXT, true, "none", NULL},
	{"versionaddendum", KEYWORD_LINE, false, "none", NULL},
	{"authorizedkeyscommand", KEYWORD_LINE, true, "none", NULL},
	{"authorizedkeyscommanduser", KEYWORD_TEXT, true, "none", NULL},
	{"authorizedprincipalscommand", KEYWORD_LINE, true, "none", NULL},
	{"authorizedprincipalscommanduser", KEYWORD_TEXT, true, "none", NULL},
	{"hostkeyagent", KEYWORD_FILE, false, "none", NULL},
	{"kexalgorithms", KEYWORD_ALGOS, false, KEX, KEX_ALL},
	{"casignaturealgorithms", KEYWORD_ALGOS, true, SIGNATURES, SIGNATURES_ALL},
	{"hostbasedacceptedalgorithms", KEYWORD_ALGOS, true, KEYS, KEYS_ALL},
	{"hostkeyalgorithms", KEYWORD_ALGOS, false, KEYS, KEYS_ALL},
	{"pubkeyacceptedalgorithms", KEYWORD_ALGOS, true, KEYS, KEYS_ALL},
	{"loglevel", KEYWORD_CHOICE, true, "INFO", LEVELS},
	{"syslogfacility", KEYWORD_CHOICE, false, "AUTH", FACILITIES},
	{"authorizedkeysfile", KEYWORD_WORDS, true, KEY_FILES, NULL},
	{"hostkey", KEYWORD_HOSTKEY, false, NULL, NULL},
	{"hostcertificate", KEYWORD_HOSTKEY, false, NULL, NULL},
	{"allowusers", KEYWORD_LIST, true, NULL, NULL},
	{"denyusers", KEYWORD_LIST, true, NULL, NULL},
	{"allowgroups", KEYWORD_LIST, true, NULL, NULL},
	{"denygroups", KEYWORD_LIST, true, NULL, NULL},
	{"acceptenv", KEYWORD_LIST, true, NULL, NULL},
	{"setenv", KEYWORD_LIST, true, NULL, "first"},
	{"authenticationmethods", KEYWORD_WORDS, true, "any", NULL},
	{"logverbose", KEYWORD_WORDS, true, NULL, NULL},
	{"channeltimeout", KEYWORD_WORDS, true, NULL, NULL},
	{"subsystem", KEYWORD_SUBSYSTEM, false, NULL, NULL},
	{"maxstartups", KEYWORD_STARTUPS, false, "10:30:100", NULL},
	{"persourcemaxstartups", KEYWORD_SOURCES, false, "none", NULL},
	{"persourcenetblocksize", KEYWORD_BLOCKS, false, "32:128", NULL},
	{"permittunnel", KEYWORD_CHOICE, true, "no", "no point-to-point ethernet yes"},
	{"ipqos", KEYWORD_QOS, true, "lowdelay throughput", NULL},
	{"rekeylimit", KEYWORD_REKEY, true, "0 0", NULL},
	{"permitopen", KEYWORD_WORDS, true, "any", NULL},
	{"permitlisten", KEYWORD_WORDS, true, "any", NULL},
	{"permituserenvironment", KEYWORD_TEXT, false, "no", NULL},
	{"pubkeyauthoptions", KEYWORD_OPTIONS, true, "none", NULL},
	{"debianbanner", KEYWORD_CHOICE, false, NULL, FLAG},
	{"rdomain", KEYWORD_TEXT, true, NULL, NULL},
	{"match", KEYWORD_IGNORED, true, NULL, NULL},
	{"include", KEYWORD_IGNORED, true, NULL, NULL},
	{"protocol", KEYWORD_IGNORED, false, NULL, NULL},
	{"hostdsakey", KEYWORD_ALIAS, false, "hostkey", NULL},
	{"hostbasedacceptedkeytypes", KEYWORD_ALIAS, true, "hostbasedacceptedalgorithms", NULL},
	{"pubkeyacceptedkeytypes", KEYWORD_ALIAS, true, "pubkeyacceptedalgorithms", NULL},
	{"dsaauthentication", KEYWORD_ALIAS, false, "pubkeyauthentication", NULL},
	{"gssapicleanupcreds", KEYWORD_ALIAS, false, "gssapicleanupcredentials", NULL},
	{"challengeresponseauthentication", KEYWORD_ALIAS, true, INTERACTIVE, NULL},
	{"skeyauthentication", KEYWORD_ALIAS, true, INTERACTIVE, NULL},
	{"keepalive", KEYWORD_ALIAS, false, "tcpkeepalive", NULL},
	{"pamauthenticationviakbdint", KEYWORD_GONE, false, NULL, NULL},
	{"serverkeybits", KEYWORD_GONE, false, NULL, NULL},
	{"keyregenerationinterval", KEYWORD_GONE, false, NULL, NULL},
	{"rhostsauthentication", KEYWORD_GONE, false, NULL, NULL},
	{"rhostsrsaauthentication", KEYWORD_GONE, true, NULL, NULL},
	{"rsaauthentication", KEYWORD_GONE, true, NULL, NULL},
	{"checkmail", KEYWORD_GONE, false, NULL, NULL},
	{"permitblacklistedkeys", KEYWORD_GONE, false, NULL, NULL},
	{"uselogin", KEYWORD_GONE, false, NULL, NULL},
	{"verifyreversemapping", KEYWORD_GONE, false, NULL, NULL},
	{"reversemappingcheck", KEYWORD_GONE, false, NULL, NULL},
	{"authorizedkeysfile2", KEYWORD_GONE, true, NULL, NULL},
	{"useprivilegeseparation", KEYWORD_GONE, false, NULL, NULL},
	{"kerberosgetafstoken", KEYWORD_UNBUILT, false, NULL, NULL},
	{"kerberostgtpassing", KEYWORD_UNBUILT, false, NULL, NULL},
	{"afstokenpassing", KEYWORD_UNBUILT, false, NULL, NULL},
	{"gssusesessionccache", KEYWORD_UNBUILT, false, NULL, NULL},
	{"gssapiusesessioncredcache", KEYWORD_UNBUILT, false, NULL, NULL},
	{NULL, KEYWORD_GONE, false, NULL, NULL},
};
/* clang-format on */

const struct keyword *keyword_find(struct text name)
{
	for (size_t i = 0; keywords[i].name; i++)
		if (text_is_alike(name, text_of(keywords[i].name)))
			return &keywords[i];
	return NULL;
}

const struct keyword *keyword_today(const struct keyword *keyword)
{
	return keyword->kind == KEYWORD_ALIAS ? keyword_find(text_of(keyword->fallback)) : keyword;
}
