#include "http/navigation.hpp"

namespace portcullis::bff {

bool is_navigation(const Request& request) noexcept {
  return request.method == "GET" && request.single("sec-fetch-dest") == "document" &&
         request.single("sec-fetch-mode") == "navigate" &&
         request.count("service-worker-navigation-preload") == 0;
}

bool asks_for_page(const Request& request) noexcept {
  if (request.count("x-plugin-id") > 0) return false;
  if (request.count("sec-fetch-dest") > 0) {
    return request.first("sec-fetch-dest") == "document" &&
           request.first("sec-fetch-mode") == "navigate";
  }
  bool named = false;
  for (const HeaderField& field : request.fields) {
    if (!iequals(field.name, "accept")) continue;
    each_list_element(field.value, [&](std::string_view element) {
      named = named || iequals(trim_ows(element.substr(0, element.find(';'))), "text/html");
    });
  }
  return named;
}

}  // namespace portcullis::bff
