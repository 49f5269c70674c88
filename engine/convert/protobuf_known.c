/* Files that schemas import without a reference. Those that schemas made of Connect's import stand here as a
 * registry has them, with their options; of the others, what data needs. */
#include "convert/protobuf_schema.h"

#define PROTO3(package) "syntax = \"proto3\";\npackage " package ";\n\n"
#define JAVA(package, outer)                                                         \
    "option java_package = \"" package "\";\noption java_outer_classname = \"" outer \
    "\";\noption java_multiple_files = true;\n"
#define GO(package) "option go_package = \"" package "\";\n"
#define TAIL                                                                 \
    "option cc_enable_arenas = true;\noption objc_class_prefix = \"GPB\";\n" \
    "option csharp_namespace = \"Google.Protobuf.WellKnownTypes\";\n\n"
#define WRAPPER(name, type) "message " name " {\n  " type " value = 1;\n}\n"

static const struct {
    const char *path, *text;
} files[] = {
    {"google/protobuf/wrappers.proto",
     PROTO3("google.protobuf") JAVA("com.google.protobuf", "WrappersProto")
         GO("google.golang.org/protobuf/types/known/wrapperspb") TAIL WRAPPER("DoubleValue", "double")
             WRAPPER("FloatValue", "float") WRAPPER("Int64Value", "int64") WRAPPER("UInt64Value", "uint64")
                 WRAPPER("Int32Value", "int32") WRAPPER("UInt32Value", "uint32") WRAPPER("BoolValue", "bool")
                     WRAPPER("StringValue", "string") WRAPPER("BytesValue", "bytes")},
    {"google/protobuf/timestamp.proto",
     PROTO3("google.protobuf") JAVA("com.google.protobuf", "TimestampProto")
         GO("google.golang.org/protobuf/types/known/timestamppb") TAIL
     "message Timestamp {\n  int64 seconds = 1;\n  int32 nanos = 2;\n}\n"},
    {"google/protobuf/duration.proto", PROTO3("google.protobuf") JAVA("com.google.protobuf", "DurationProto")
                                           GO("google.golang.org/protobuf/types/known/durationpb") TAIL
     "message Duration {\n  int64 seconds = 1;\n  int32 nanos = 2;\n}\n"},
    {"google/type/date.proto",
     PROTO3("google.type") JAVA("com.google.type", "DateProto")
         GO("google.golang.org/genproto/googleapis/type/date;date") "option cc_enable_arenas = true;\n"
                                                                    "option objc_class_prefix = "
                                                                    "\"GTP\";\n\nmessage Date {\n  int32 "
                                                                    "year = 1;\n  int32 month = 2;\n  int32 "
                                                                    "day = 3;\n}\n"},
    {"google/type/timeofday.proto",
     PROTO3("google.type") JAVA("com.google.type", "TimeOfDayProto") GO(
         "google.golang.org/genproto/googleapis/type/timeofday;timeofday") "option cc_enable_arenas = true;\n"
                                                                           "option objc_class_prefix = "
                                                                           "\"GTP\";\n\nmessage TimeOfDay "
                                                                           "{\n  int32 hours = 1;\n  int32 "
                                                                           "minutes = 2;\n"
                                                                           "  int32 seconds = 3;\n  int32 "
                                                                           "nanos = 4;\n}\n"},
    {"confluent/type/decimal.proto",
     PROTO3("confluent.type")
         JAVA("io.confluent.protobuf.type", "DecimalProto") "\nmessage Decimal {\n  bytes value = 1;\n  "
                                                            "uint32 precision = 2;\n  int32 scale = 3;\n}\n"},
    {"confluent/type/variant.proto",
     PROTO3("confluent.type") "message Variant {\n  bytes metadata = 1;\n  bytes value = 2;\n}\n"},
    {"confluent/meta.proto",
     PROTO3("confluent") "message Meta {\n  string doc = 1;\n  map<string, string> params = 2;\n"
                         "  repeated string tags = 3;\n}\n"},
    {"google/protobuf/descriptor.proto", "syntax = \"proto2\";\npackage google.protobuf;\n"},
    {"google/protobuf/api.proto", PROTO3("google.protobuf")},
    {"google/protobuf/type.proto", PROTO3("google.protobuf")},
    {"google/protobuf/any.proto",
     PROTO3("google.protobuf") "message Any {\n  string type_url = 1;\n  bytes value = 2;\n}\n"},
    {"google/protobuf/empty.proto", PROTO3("google.protobuf") "message Empty {}\n"},
    {"google/protobuf/field_mask.proto",
     PROTO3("google.protobuf") "message FieldMask {\n  repeated string paths = 1;\n}\n"},
    {"google/protobuf/source_context.proto",
     PROTO3("google.protobuf") "message SourceContext {\n  string file_name = 1;\n}\n"},
    {"google/protobuf/struct.proto",
     PROTO3("google.protobuf") "message Struct {\n  map<string, Value> fields = 1;\n}\nmessage Value {\n"
                               "  oneof kind {\n    NullValue null_value = 1;\n    double number_value = 2;\n"
                               "    string string_value = 3;\n    bool bool_value = 4;\n    Struct "
                               "struct_value = 5;\n"
                               "    ListValue list_value = 6;\n  }\n}\nmessage ListValue {\n"
                               "  repeated Value values = 1;\n}\nenum NullValue {\n  NULL_VALUE = 0;\n}\n"},
    {"google/type/calendar_period.proto",
     PROTO3(
         "google.type") "enum CalendarPeriod {\n  CALENDAR_PERIOD_UNSPECIFIED = 0;\n  DAY = 1;\n  WEEK = 2;\n"
                        "  FORTNIGHT = 3;\n  MONTH = 4;\n  QUARTER = 5;\n  HALF = 6;\n  YEAR = 7;\n}\n"},
    {"google/type/color.proto",
     PROTO3("google.type") "import \"google/protobuf/wrappers.proto\";\nmessage Color {\n  float red = 1;\n"
                           "  float green = 2;\n  float blue = 3;\n  google.protobuf.FloatValue alpha = "
                           "4;\n}\n"},
    {"google/type/datetime.proto",
     PROTO3(
         "google.type") "import \"google/protobuf/duration.proto\";\nmessage DateTime {\n  int32 year = 1;\n"
                        "  int32 month = 2;\n  int32 day = 3;\n  int32 hours = 4;\n  int32 minutes = 5;\n"
                        "  int32 seconds = 6;\n  int32 nanos = 7;\n  oneof time_offset {\n"
                        "    google.protobuf.Duration utc_offset = 8;\n    TimeZone time_zone = 9;\n  }\n}\n"
                        "message TimeZone {\n  string id = 1;\n  string version = 2;\n}\n"},
    {"google/type/dayofweek.proto",
     PROTO3("google.type") "enum DayOfWeek {\n  DAY_OF_WEEK_UNSPECIFIED = 0;\n  MONDAY = 1;\n  TUESDAY = 2;\n"
                           "  WEDNESDAY = 3;\n  THURSDAY = 4;\n  FRIDAY = 5;\n  SATURDAY = 6;\n  SUNDAY = "
                           "7;\n}\n"},
    {"google/type/decimal.proto", PROTO3("google.type") "message Decimal {\n  string value = 1;\n}\n"},
    {"google/type/expr.proto",
     PROTO3("google.type") "message Expr {\n  string expression = 1;\n  string title = 2;\n"
                           "  string description = 3;\n  string location = 4;\n}\n"},
    {"google/type/fraction.proto",
     PROTO3("google.type") "message Fraction {\n  int64 numerator = 1;\n  int64 denominator = 2;\n}\n"},
    {"google/type/interval.proto",
     PROTO3("google.type") "import \"google/protobuf/timestamp.proto\";\nmessage Interval {\n"
                           "  google.protobuf.Timestamp start_time = 1;\n  google.protobuf.Timestamp "
                           "end_time = 2;\n}\n"},
    {"google/type/latlng.proto",
     PROTO3("google.type") "message LatLng {\n  double latitude = 1;\n  double longitude = 2;\n}\n"},
    {"google/type/money.proto", PROTO3("google.type") "message Money {\n  string currency_code = 1;\n  int64 "
                                                      "units = 2;\n  int32 nanos = 3;\n}\n"},
    {"google/type/month.proto",
     PROTO3("google.type") "enum Month {\n  MONTH_UNSPECIFIED = 0;\n  JANUARY = 1;\n  FEBRUARY = 2;\n  MARCH "
                           "= 3;\n"
                           "  APRIL = 4;\n  MAY = 5;\n  JUNE = 6;\n  JULY = 7;\n  AUGUST = 8;\n  SEPTEMBER = "
                           "9;\n"
                           "  OCTOBER = 10;\n  NOVEMBER = 11;\n  DECEMBER = 12;\n}\n"},
    {"google/type/phone_number.proto",
     PROTO3("google.type") "message PhoneNumber {\n  message ShortCode {\n    string region_code = 1;\n"
                           "    string number = 2;\n  }\n  oneof kind {\n    string e164_number = 1;\n"
                           "    ShortCode short_code = 2;\n  }\n  string extension = 3;\n}\n"},
    {"google/type/postal_address.proto",
     PROTO3(
         "google.type") "message PostalAddress {\n  int32 revision = 1;\n  string region_code = 2;\n"
                        "  string language_code = 3;\n  string postal_code = 4;\n  string sorting_code = 5;\n"
                        "  string administrative_area = 6;\n  string locality = 7;\n  string sublocality = "
                        "8;\n"
                        "  repeated string address_lines = 9;\n  repeated string recipients = 10;\n"
                        "  string organization = 11;\n}\n"},
    {"google/type/quaternion.proto",
     PROTO3("google.type") "message Quaternion {\n  double x = 1;\n  double y = 2;\n  double z = 3;\n"
                           "  double w = 4;\n}\n"},
};

const char *lc_proto_known(lc_text path)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (lc_text_is(path, files[i].path)) return files[i].text;
    return NULL;
}
