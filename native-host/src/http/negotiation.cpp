#include "http/negotiation.hpp"

namespace portcullis::bff {

namespace {

/// The qvalue in thousandths ("0.5" is 500); -1 if malformed.
int parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return -1;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1) {
    if (text[1] != '.') return -1;
    int unit = 100;
    for (const char c : text.substr(2)) {
      if (!is_digit(c)) return -1;
      value += (c - '0') * unit;
      unit /= 10;
    }
  }
  return value > 1000 ? -1 : value;
}

}  // namespace

Encoding negotiate_encoding(const Request& request) {
  int brotli = -1;
  int gzip = -1;
  int identity = -1;
  int any = -1;
  bool asked = false;
  for (const HeaderField& field : request.fields) {
    if (!iequals(field.name, "accept-encoding")) continue;
    asked = true;
    each_list_element(field.value, [&](std::string_view element) {
      int weight = 1000;
      const std::size_t semicolon = element.find(';');
      if (semicolon != std::string_view::npos) {
        const std::string_view parameter = trim_ows(element.substr(semicolon + 1));
        if (parameter.size() < 3 || ascii_lower(parameter[0]) != 'q' || parameter[1] != '=') return;
        weight = parse_weight(parameter.substr(2));
        if (weight < 0) return;
      }
      const std::string_view coding = trim_ows(element.substr(0, semicolon));
      if (iequals(coding, "br")) brotli = weight;
      if (iequals(coding, "gzip") || iequals(coding, "x-gzip")) gzip = weight;
      if (iequals(coding, "identity")) identity = weight;
      if (coding == "*") any = weight;
    });
  }
  if (!asked) return Encoding::kIdentity;
  if (brotli < 0) brotli = any < 0 ? 0 : any;
  if (gzip < 0) gzip = any < 0 ? 0 : any;
  // Identity is acceptable unless excluded, as the last choice.
  if (identity < 0) identity = 1;
  if (brotli > 0 && brotli >= gzip && brotli >= identity) return Encoding::kBrotli;
  if (gzip > 0 && gzip >= identity) return Encoding::kGzip;
  return Encoding::kIdentity;
}

std::string_view coding_name(Encoding encoding) noexcept {
  switch (encoding) {
    case Encoding::kGzip:
      return "gzip";
    case Encoding::kBrotli:
      return "br";
    case Encoding::kIdentity:
      break;
  }
  return "";
}

bool is_json(const Request& request) {
  const auto type = request.single("content-type");
  return type && iequals(trim_ows(type->substr(0, type->find(';'))), "application/json");
}

}  // namespace portcullis::bff
