// The console's ops. Internal to the core: console.cpp has the table, console_ops_*.cpp the ops of
// one module each. To add one: declare it here, add it to the table, describe it in console.hpp and
// add rows to spec/vectors.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"
#include "portcullis/codes.hpp"
#include "portcullis/manifest.hpp"

namespace portcullis::console {

/// One parsed line.
struct Request {
  json::View root;
  const std::vector<std::string>&
      duplicates;  ///< pointers of duplicate keys in manifests or a body

  /// A required string argument. False if missing or of another type.
  bool text(std::string_view key, std::string_view& out) const;
  /// An optional boolean; `out` is unchanged if missing. False if of another type.
  bool flag(std::string_view key, bool& out) const;
};

/// Writes the answer's members into the open object, or returns the code of {"error":code}.
using Op = Code (*)(const Request& request, json::Writer& answer);

/// Reads a manifest given as object or text, at `pointer` in the line. False if it is neither.
bool read_manifest_argument(const Request& request, json::View value, std::string_view pointer,
                            ManifestResult& out);

Code admission_admit(const Request& request, json::Writer& answer);
Code admission_stops_version(const Request& request, json::Writer& answer);
Code semver_satisfies(const Request& request, json::Writer& answer);
Code semver_valid_range(const Request& request, json::Writer& answer);
Code semver_valid(const Request& request, json::Writer& answer);
Code semver_compare(const Request& request, json::Writer& answer);
Code semver_engine(const Request& request, json::Writer& answer);
Code path_canonicalize(const Request& request, json::Writer& answer);
Code template_match(const Request& request, json::Writer& answer);
Code topic_allowed(const Request& request, json::Writer& answer);
Code topic_decide(const Request& request, json::Writer& answer);
Code sse_parse(const Request& request, json::Writer& answer);
Code integrity_parse(const Request& request, json::Writer& answer);
Code stamp_message(const Request& request, json::Writer& answer);
Code stamp_page(const Request& request, json::Writer& answer);
Code stamp_parse(const Request& request, json::Writer& answer);
Code manifest_validate(const Request& request, json::Writer& answer);
Code manifest_canonical(const Request& request, json::Writer& answer);
Code manifest_statement(const Request& request, json::Writer& answer);
Code decide(const Request& request, json::Writer& answer);
Code authzen_batches(const Request& request, json::Writer& answer);
Code authzen_requests(const Request& request, json::Writer& answer);
Code authzen_apply(const Request& request, json::Writer& answer);

}  // namespace portcullis::console
