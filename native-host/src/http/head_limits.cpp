#include "http/head_limits.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace portcullis::bff {

namespace {

std::string number(std::size_t value) { return std::to_string(value); }

}  // namespace

HeadRefusal over_limits(const Request& request, const HeadLimits& most) {
  const std::size_t path = std::min(request.target.find('?'), request.target.size());
  const std::size_t query = request.target.size() - std::min(request.target.size(), path + 1);
  // The core's own limits are checked with the path itself.
  if (most.path_bytes < limits::kMaxPathBytes && path > most.path_bytes) {
    return {Code::kPathTooLong, "the path has " + number(path) + " bytes; at most " +
                                    number(most.path_bytes) + " are taken (limits.path_bytes)"};
  }
  if (most.query_bytes < limits::kMaxQueryBytes && query > most.query_bytes) {
    return {Code::kQueryTooLong, "the query has " + number(query) + " bytes; at most " +
                                     number(most.query_bytes) + " are taken (limits.query_bytes)"};
  }
  if (request.fields.size() > most.header_fields) {
    return {Code::kHeadersTooLarge, "the head has " + number(request.fields.size()) +
                                        " fields; at most " + number(most.header_fields) +
                                        " are taken (limits.header_fields)"};
  }
  std::size_t cookies = 0;
  for (const HeaderField& field : request.fields) {
    if (iequals(field.name, "cookie")) cookies += field.value.size();
  }
  if (cookies > most.cookie_bytes) {
    return {Code::kHeadersTooLarge,
            "the field Cookie has " + number(cookies) + " bytes; at most " +
                number(most.cookie_bytes) +
                " are taken (limits.cookie_bytes). Cookies of other services on this host count"};
  }
  return {};
}

std::string too_large(std::string_view head, const HeadLimits& limits) {
  std::string_view largest;
  std::size_t size = 0;
  std::string_view rest = head.substr(std::min(head.find("\r\n"), head.size()));
  while (rest.size() > 2) {
    rest.remove_prefix(2);
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    const std::size_t colon = line.find(':');
    if (line.size() > size && colon != line.npos) {
      size = line.size();
      largest = line.substr(0, std::min<std::size_t>(colon, 64));
    }
    rest.remove_prefix(line.size());
  }
  std::string detail = "the header section is larger than " + number(limits.header_bytes) +
                       " bytes (limits.header_bytes)";
  const bool named = !largest.empty() && std::all_of(largest.begin(), largest.end(), is_token_char);
  if (named) {
    detail +=
        "; its largest field is " + std::string(largest) + ", with " + number(size) + " bytes";
    if (iequals(largest, "cookie")) detail += ". Cookies of other services on this host count";
  }
  return detail;
}

}  // namespace portcullis::bff
