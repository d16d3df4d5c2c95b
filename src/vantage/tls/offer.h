/* offer.h: all that a service agrees to: protocol versions, ciphers, groups. */
#pragma once
#include "format/json.h"
#include "vantage/tls/handshake.h"

/* Puts protocols, ciphers, groups and dh_bits into json. False: it can't be known to the end. */
must_use bool offer_look(struct handshakes *handshakes, int64_t timeout_ms, struct json *json,
			 struct err *err);

/* Why a handshake told nothing, into err (which AWAY and NO_TLS filled already); false. */
bool offer_explain(enum handshake_answer answer, const struct handshakes *handshakes,
		   int64_t timeout_ms, struct err *err);
