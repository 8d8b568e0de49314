// The RateLimit fields of a judged call (draft-ietf-httpapi-ratelimit-headers).
#pragma once

#include "domain/rate_limiter.hpp"
#include "http/exchange.hpp"

namespace portcullis::bff {

/// Adds the fields to the head of the answer, whatever the answer is.
void add_rate_lines(Exchange& exchange, const RateVerdict& rate);

}  // namespace portcullis::bff
