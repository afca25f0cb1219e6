# One image for every function; each names its handler in template.yaml (ImageConfig.Command).
ARG BASE=public.ecr.aws/lambda/python:3.13

FROM ${BASE} AS build
COPY requirements.txt .
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps \
        --only-binary :all: --no-compile --target /build -r requirements.txt
COPY src/app /build/app
# Without compiled files each cold start would compile everything. An image does not change, so they are not checked
# against their sources, whose times the layers do not keep.
RUN python -m compileall -q --invalidation-mode unchecked-hash /build

FROM ${BASE}
ENV PYTHONUNBUFFERED=1
COPY --from=build /build ${LAMBDA_TASK_ROOT}
CMD ["app.entrypoints.api.handler"]
