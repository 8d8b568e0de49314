// JSON that two readers cannot read in two ways: for requests that a policy is judged by.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// kAllowed and `out`; else kJsonTooLarge, kJsonTooDeep, kJsonDuplicateKey (RFC 8259 section 4: the
/// first reader takes the one, the second the other) or kJsonSyntax. Does not throw.
Code parse_strict_json(std::string_view text, std::size_t max_bytes, std::size_t max_depth,
                       nlohmann::json& out);

}  // namespace portcullis::bff
