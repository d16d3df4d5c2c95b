/* Blocks within blocks, nginx's and Apache's; documents in JSON and YAML; PostgreSQL and Redis. */
#include "ask.h"

static void ask_at(const char *path, const char *key, const char *section, struct text text)
{
	struct probe_call call = ask_config(path, key);
	if (section) {
		const struct probe_param *param = &call.probe->params[1];
		must(text_is(text_of(param->name), "section"));
		call.settings[call.setting_count++] = (struct probe_setting){
			.param = param, .text = text_of(section)};
	}
	ask(&call, path, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len};
	ask_at("/etc/nginx/nginx.conf", "a", "http/server", text);
	ask_at("/etc/nginx/nginx.conf", "a", NULL, text);
	ask_at("/etc/apache2/apache2.conf", "a", "VirtualHost", text);
	ask_at("/etc/apache2/apache2.conf", "a", NULL, text);
	ask_at("/etc/docker/daemon.json", "a", "b", text);
	ask_at("/etc/netplan/a.yaml", "a", "b", text);
	ask_at("/etc/postgresql/15/main/postgresql.conf", "a", NULL, text);
	ask_at("/etc/redis/redis.conf", "a", NULL, text);
	return 0;
}
