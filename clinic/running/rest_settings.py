"""Settings of the REST interface."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["clinic.web.rest.auth.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.web.rest.auth.HasKey"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # Nothing chooses between forms of an answer: “?format=” is an unknown key like any other.
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "clinic.web.rest.openapi.schema.ContractSchema",
    "EXCEPTION_HANDLER": "clinic.web.rest.errors.problem_response",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Coursebook",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]",
    "PATH_CONVERTER_OVERRIDES": {"id": {"type": "string", "format": "uuid"}},
    # Words of a closed set are told where they stand: an enumeration by name would change with any other.
    "POSTPROCESSING_HOOKS": [],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "accessKey": {"type": "http", "scheme": "bearer", "description": "An access key of the clinic."}
        }
    },
    "GENERIC_ADDITIONAL_PROPERTIES": "bool",
    # What PATCH hears is a shape of its own: all of it may be left out already.
    "COMPONENT_SPLIT_PATCH": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}
