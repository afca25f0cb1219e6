# One image for every function; each names its handler in template.yaml (ImageConfig.Command).
ARG BASE=public.ecr.aws/lambda/python:3.13

FROM ${BASE} AS build
COPY requirements/app.txt /tmp/requirements.txt
RUN python -m pip install --no-cache-dir --disable-pip-version-check --root-user-action ignore \
        --require-hashes --no-deps --only-binary :all: --no-compile \
        --target "${LAMBDA_TASK_ROOT}" -r /tmp/requirements.txt
COPY src/project/prune_packages.py src/app/aws/clients.py /tmp/
RUN python /tmp/prune_packages.py "${LAMBDA_TASK_ROOT}" /tmp/clients.py
COPY src/app ${LAMBDA_TASK_ROOT}/app
# Without compiled files each cold start would compile everything. An image does not change, so they are not checked
# against their sources, whose times the layers do not keep. Lambda runs as a user of its own, which must be able to
# read what a strict umask has kept from others.
RUN python -m compileall -q --invalidation-mode unchecked-hash "${LAMBDA_TASK_ROOT}" \
    && chmod -R a+rX,go-w "${LAMBDA_TASK_ROOT}"

FROM ${BASE}
# pydantic would look through the metadata of all packages for plugins in each cold start.
ENV PYTHONUNBUFFERED=1 \
    PYDANTIC_DISABLE_PLUGINS=__all__
COPY --from=build ${LAMBDA_TASK_ROOT} ${LAMBDA_TASK_ROOT}
CMD ["app.entrypoints.api.handler"]
